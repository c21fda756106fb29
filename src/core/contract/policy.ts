/** What the pipeline enforces for an endpoint. Each member is mandatory: there are no defaults. */
import type { Action } from "./ability.ts";
import type { Limit } from "./limit.ts";

export interface Policy {
  readonly access: Access;
  /** The tokens that a request takes from the limits of its principal and its address, such as `{ cost: "read" }`. */
  readonly limit: Limit;
  readonly cache: CachePolicy;
  /**
   * "required": the request must carry `If-Match`, or it gets 428 (RFC 6585 section 3). A date is not enough, because
   * it has only whole seconds.
   */
  readonly precondition: "required" | "none";
  readonly idempotency: IdempotencyPolicy;
}

/**
 * How the endpoint treats `Idempotency-Key`. "required": a request without a key is refused. "honoured": a key is used
 * if present. "none": a key is ignored, as for reads and deletions, which are idempotent anyway.
 */
export type IdempotencyPolicy = "required" | "honoured" | "none";

/** Who may call the endpoint. For a single resource, the rules are checked again once it is loaded. */
export type Access = "public" | { readonly action: Action; readonly subject: string };

export type CachePolicy = "no-store" | SharedPolicy | PrivatePolicy;

interface Freshness {
  /** How many seconds a client-side cache may reuse the response without revalidation. 0: it revalidates each time. */
  readonly freshForSeconds: number;
}

/** The same response for every caller, so shared caches may store it. */
interface SharedPolicy extends Freshness {
  readonly scope: "public";
  /** Default: no edge cache, the handler runs for each request. */
  readonly edge?: EdgePolicy;
}

/** A response for one caller only. */
interface PrivatePolicy extends Freshness {
  readonly scope: "private";
}

/**
 * How old, in seconds, a response from the service's edge cache may be. It applies to anonymous callers only; a request
 * with credentials always queries the database. Other caches do not see these values. While the
 * database responds, a response is at most as old as the first two periods together.
 */
export interface EdgePolicy {
  readonly freshForSeconds: number;
  /** After the fresh period: it is returned at once and revalidated in the background (RFC 5861 section 3). */
  readonly staleWhileRevalidateSeconds: number;
  /** After the fresh period: it is returned if the database fails (RFC 5861 section 4). */
  readonly staleIfErrorSeconds: number;
}
