/**
 * What does not compile: an endpoint without a policy, or with one that leaves something unsaid. Read by the type
 * checker alone; each line that is expected to fail fails for the reason beside it, or the check does.
 */
import { endpoint } from "#core/contract/endpoint.ts";

const contract = {
  operationId: "deleteThing",
  method: "DELETE",
  path: "/v1/things/{id}",
  tag: "Things",
  summary: "Delete a thing",
  description: "Is complete, so that only the policy can be at fault.",
  success: { kind: "empty", status: 204 },
} as const;
const handler = async () => ({ kind: "empty", status: 204 }) as const;
const access = { action: "delete", subject: "things" } as const;
const unknownAction = { action: "destroy", subject: "things" } as const;
const idempotency = "none";
const none = { precondition: "none", idempotency } as const;
const fresh = { scope: "public", freshForSeconds: 0 } as const;

const ofNothing = { action: "delete" } as const;
const limit = { cost: "write" } as const;
const unknownAttempt = { cost: "write", also: ["x"] } as const;

// With all four members said, each in every form, it compiles.
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "required", idempotency }, handler });
endpoint({ contract, policy: { access: "public", limit: "unmetered", cache: fresh, ...none }, handler });
endpoint({
  contract,
  policy: { access, limit: { cost: 3, also: ["login"] }, cache: fresh, ...none },
  handler,
});

// @ts-expect-error there is no policy
endpoint({ contract, handler });
// @ts-expect-error a policy that says nothing
endpoint({ contract, policy: {}, handler });
// @ts-expect-error who may call is not said
endpoint({ contract, policy: { limit, cache: "no-store", ...none }, handler });
// @ts-expect-error what a request takes of the caller's limits is not said
endpoint({ contract, policy: { access, cache: "no-store", ...none }, handler });
// @ts-expect-error a class of cost that does not exist
endpoint({ contract, policy: { access, limit: { cost: "dear" }, cache: "no-store", ...none }, handler });
// @ts-expect-error attempts that nobody counts
endpoint({ contract, policy: { access, limit: unknownAttempt, cache: fresh, ...none }, handler });
// @ts-expect-error who may keep the answer is not said
endpoint({ contract, policy: { access, limit, ...none }, handler });
// @ts-expect-error whether a change needs a precondition is not said
endpoint({ contract, policy: { access, limit, cache: "no-store", idempotency }, handler });
// @ts-expect-error said to be nothing is not said
endpoint({ contract, policy: { access: undefined, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error no rule can be about an action that does not exist
endpoint({ contract, policy: { access: unknownAction, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error an action on nothing
endpoint({ contract, policy: { access: ofNothing, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error how long it may be kept is not said
endpoint({ contract, policy: { access, limit, cache: { scope: "public" }, ...none }, handler });
// @ts-expect-error a precondition is required or there is none
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "optional", idempotency }, handler });
// @ts-expect-error a misspelt member is not a member
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "none", limits: "default" }, handler });
