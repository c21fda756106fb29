/** The policies of operations on resources. An operation that differs from its kind spreads one of them. */
import type { Action } from "#core/contract/ability.ts";
import type { CachePolicy, Policy } from "#core/contract/policy.ts";

/** For the caller only, and revalidated each time. */
export const PRIVATE: CachePolicy = { scope: "private", freshForSeconds: 0 };

export function listPolicy(subject: string, cache = PRIVATE): Policy {
  return { ...readPolicy(subject, cache), access: { action: "list", subject }, limit: { cost: "list" } };
}

export function readPolicy(subject: string, cache = PRIVATE): Policy {
  return {
    access: { action: "read", subject },
    limit: { cost: "read" },
    cache,
    precondition: "none",
    idempotency: "none",
  };
}

/** A write that needs no `If-Match`, such as `create`. A client can repeat it with an idempotency key. */
export function writePolicy(action: Action, subject: string): Policy {
  return {
    access: { action, subject },
    limit: { cost: "write" },
    cache: "no-store",
    precondition: "none",
    idempotency: "honoured",
  };
}

/** A change of the state that `If-Match` names. */
export function changePolicy(subject: string): Policy {
  return { ...writePolicy("update", subject), precondition: "required" };
}

/** A deletion of the state that `If-Match` names. It is idempotent without a key. */
export function deletePolicy(subject: string): Policy {
  return { ...writePolicy("delete", subject), precondition: "required", idempotency: "none" };
}
