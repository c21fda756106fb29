/**
 * An endpoint without a policy, or with an incomplete one, does not compile. Each `@ts-expect-error` line must fail, or
 * the type check fails.
 */
import { endpoint } from "#core/contract/endpoint.ts";

const contract = {
  operationId: "deleteThing",
  method: "DELETE",
  path: "/v1/things/{id}",
  tag: "Things",
  summary: "Delete a thing",
  description: "Is complete, so only the policy can be at fault.",
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

// A policy with all four members compiles, in every form.
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "required", idempotency }, handler });
endpoint({ contract, policy: { access: "public", limit: "unmetered", cache: fresh, ...none }, handler });
endpoint({
  contract,
  policy: { access, limit: { cost: 3, also: ["login"] }, cache: fresh, ...none },
  handler,
});

// @ts-expect-error the policy is missing
endpoint({ contract, handler });
// @ts-expect-error the policy is empty
endpoint({ contract, policy: {}, handler });
// @ts-expect-error `access` is missing
endpoint({ contract, policy: { limit, cache: "no-store", ...none }, handler });
// @ts-expect-error `limit` is missing
endpoint({ contract, policy: { access, cache: "no-store", ...none }, handler });
// @ts-expect-error this class of cost does not exist
endpoint({ contract, policy: { access, limit: { cost: "dear" }, cache: "no-store", ...none }, handler });
// @ts-expect-error no limit counts these attempts
endpoint({ contract, policy: { access, limit: unknownAttempt, cache: fresh, ...none }, handler });
// @ts-expect-error `cache` is missing
endpoint({ contract, policy: { access, limit, ...none }, handler });
// @ts-expect-error `precondition` is missing
endpoint({ contract, policy: { access, limit, cache: "no-store", idempotency }, handler });
// @ts-expect-error `access` is undefined
endpoint({ contract, policy: { access: undefined, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error this action does not exist
endpoint({ contract, policy: { access: unknownAction, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error the action has no subject
endpoint({ contract, policy: { access: ofNothing, limit, cache: "no-store", ...none }, handler });
// @ts-expect-error `freshForSeconds` is missing
endpoint({ contract, policy: { access, limit, cache: { scope: "public" }, ...none }, handler });
// @ts-expect-error this value of `precondition` does not exist
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "optional", idempotency }, handler });
// @ts-expect-error a member is misspelt
endpoint({ contract, policy: { access, limit, cache: "no-store", precondition: "none", limits: "default" }, handler });
