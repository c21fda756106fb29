/**
 * What a guarded write is handed, as the type checker sees it: the state that its own `current` finds, and no state
 * where there is no `current`. Each line that is expected to fail fails for the reason beside it, or the check does.
 */
import { type Call, type Current, endpoint } from "#core/contract/endpoint.ts";

type Thing = { readonly id: string; readonly size: number };
type Paint = { readonly id: string; readonly colour: string };

type AnyCall<C extends Current | undefined> = Call<Record<never, never>, Record<never, never>, undefined, C>;

const contract = {
  operationId: "deleteThing",
  method: "DELETE",
  path: "/v1/things/{id}",
  tag: "Things",
  summary: "Delete a thing",
  description: "Is complete, so that only the state can be at fault.",
  success: { kind: "empty", status: 204 },
} as const;
const policy = {
  access: "public",
  limit: { cost: "read" },
  cache: "no-store",
  precondition: "none",
  idempotency: "none",
} as const;
const current = async (): Promise<Current<Thing> | null> => null;

const done = { kind: "empty", status: 204 } as const;
const withThing = async (call: AnyCall<Current<Thing>>) => (call.current.members.size > 0 ? done : done);
const withAny = async (call: AnyCall<Current>) => (call.current.members.id === "" ? done : done);
const withOther = async (_: AnyCall<Current<Paint>>) => done;
const without = async () => done;

// The state has the members that `current` gives it, and need not be looked at.
endpoint({ contract, policy, current, handler: withThing });
endpoint({ contract, policy, current, handler: withAny });
endpoint({ contract, policy, current, handler: without });
endpoint({ contract, policy, handler: without });

// @ts-expect-error nothing finds the state that the handler needs
endpoint({ contract, policy, handler: withThing });
// @ts-expect-error nor any other
endpoint({ contract, policy, handler: withAny });
// @ts-expect-error what is found is another thing
endpoint({ contract, policy, current, handler: withOther });
