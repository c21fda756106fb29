/**
 * What a limit is. A bucket has `capacity` tokens and gains `refillPerSecond`; a window admits `limit` in any
 * `windowSeconds`. Plain data, without I/O and clock.
 */

interface CommonPolicy {
  /** As clients see it: lower-case words with hyphens. With the key it names the object that counts. */
  readonly name: string;
  /** Whether requests pass ("open") or are refused ("closed") while nobody can count them. */
  readonly whenUnavailable: "open" | "closed";
  /** Counted and logged, never refused. The limiter counts as ever: whoever enforces looks here. */
  readonly shadow: boolean;
}

/** A token bucket: over any `s` seconds at most `capacity + refillPerSecond * s` tokens are taken. */
export interface LimitPolicy extends CommonPolicy {
  /** Whole tokens, 1 to 1,000,000,000. */
  readonly capacity: number;
  /** Tokens; fractions are welcome, such as `1000 / 86_400` for a thousand a day. */
  readonly refillPerSecond: number;
  /** "exact": the object is asked each time. "lent": it lends tokens to isolates in advance. The bound is the same. */
  readonly mode: "exact" | "lent";
  /** The latest changes could not be read: a bucket's object that has heard of other limits may know better. */
  readonly isAssumed?: boolean;
}

/** A sliding-window log: never more than `limit` in any window of `windowSeconds`. Always exact; for small limits. */
export interface WindowPolicy extends CommonPolicy {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** How many requests one isolate works on at a time before it turns away those of a kind. */
export interface LoadPolicy {
  readonly name: string;
  readonly inFlight: number;
  readonly shadow: boolean;
}

export function isLoad(policy: LimitPolicy | WindowPolicy | LoadPolicy): policy is LoadPolicy {
  return "inFlight" in policy;
}

export function isWindow(policy: LimitPolicy | WindowPolicy): policy is WindowPolicy {
  return "windowSeconds" in policy;
}

/** What a client can have at most at once, in tokens. */
export function limitOf(policy: LimitPolicy | WindowPolicy): number {
  return isWindow(policy) ? policy.limit : policy.capacity;
}
