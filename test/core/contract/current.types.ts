/**
 * The type checker knows the state that a guarded write receives: what its `current` returns, and no state without
 * `current`. Each `@ts-expect-error` line must fail, or the type check fails.
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
  description: "Is complete, so only the state can be at fault.",
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

// The state has the members that `current` returns. A handler may ignore it.
endpoint({ contract, policy, current, handler: withThing });
endpoint({ contract, policy, current, handler: withAny });
endpoint({ contract, policy, current, handler: without });
endpoint({ contract, policy, handler: without });

// @ts-expect-error the handler needs a state, and there is no `current`
endpoint({ contract, policy, handler: withThing });
// @ts-expect-error the same for a state of any type
endpoint({ contract, policy, handler: withAny });
// @ts-expect-error `current` returns a state of another type
endpoint({ contract, policy, current, handler: withOther });
