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

export type CachePolicy = "no-store" | SharedPolicy | PrivatePolicy;

interface Freshness {
  /** How long a cache on the client's side may answer without asking again, in seconds. 0: it asks each time. */
  readonly freshForSeconds: number;
}

/** The same answer for everybody: shared caches may keep it. */
interface SharedPolicy extends Freshness {
  readonly scope: "public";
  /** Left out: each request is answered by the handler. */
  readonly edge?: EdgePolicy;
}

/** Only the caller's own. */
interface PrivatePolicy extends Freshness {
  readonly scope: "private";
}

/**
 * How old an answer of our own edge may be, in seconds, for callers without credentials: whoever has any is never
 * answered without asking the database. It is to our cache what a targeted field (RFC 9213) is to another's: other
 * caches do not hear of it. All three are of one answer's age, so a caller sees nothing older than the first two together, and
 * nothing older than the first and the last while the database cannot be asked.
 */
export interface EdgePolicy {
  readonly freshForSeconds: number;
  /** After that, for so long, it is given at once and asked about afterwards (RFC 5861 section 3). */
  readonly staleWhileRevalidateSeconds: number;
  /** After that, for so long, it is given when the database fails (RFC 5861 section 4). */
  readonly staleIfErrorSeconds: number;
}
