/** What the pipeline enforces for an endpoint. Each member must be said: there is no default to forget. */
import type { Action } from "./ability.ts";
import type { Limit } from "./limit.ts";

export interface Policy {
  readonly access: Access;
  /** What a request takes of the limits of its principal and its address: `{ cost: "read" }` and the like. */
  readonly limit: Limit;
  readonly cache: CachePolicy;
  /** "required": the request must carry `If-Match` (428 without, RFC 6585 section 3). A date will not do: it has whole seconds. */
  readonly precondition: "required" | "none";
  readonly idempotency: IdempotencyPolicy;
}

/**
 * Whether a request takes effect once however often it is sent, by its `Idempotency-Key`. "required": without a key it is
 * refused. "honoured": a key counts where there is one. "none": a key means nothing, as for what only reads, and for
 * deletions, which are the same done twice.
 */
export type IdempotencyPolicy = "required" | "honoured" | "none";

/** Who may call at all. For a single resource the rules are asked again when it is known. */
export type Access = "public" | { readonly action: Action; readonly subject: string };

export type CachePolicy =
  | "no-store"
  | {
      /** "public": the same answer for everybody, shared caches may keep it. "private": only the caller's own. */
      readonly scope: "public" | "private";
      /** How long a cache may answer without asking again, in seconds. 0: it asks each time. */
      readonly freshForSeconds: number;
      /** Forbids intermediaries to recode the body, which would weaken the ETag that `If-Match` needs. */
      readonly noTransform?: true;
    };
