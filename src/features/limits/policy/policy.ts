/** The kinds of policies: token buckets, sliding windows, and load policies. Plain data, without I/O and clock. */
import type { WindowRule } from "../bucket/window.ts";

interface CommonPolicy {
  /** Lower-case words with hyphens, as clients see it. With the key it names the object that counts. */
  readonly name: string;
  /** While the limit cannot be counted, requests pass ("open") or get 503 ("closed"). */
  readonly whenUnavailable: "open" | "closed";
  /** Counted and logged, but never enforced. */
  readonly shadow: boolean;
}

/** A token bucket: over any `s` seconds at most `capacity + refillPerSecond * s` tokens are taken. */
export interface BucketPolicy extends CommonPolicy {
  /** Whole tokens, 1 to 1,000,000,000. */
  readonly capacity: number;
  /** Tokens; may be a fraction such as `1000 / 86_400` for a thousand a day. */
  readonly refillPerSecond: number;
  /** "exact": each request calls the object. "leased": busy isolates lease tokens in advance. The bound is the same. */
  readonly mode: "exact" | "leased";
  /** The latest overrides could not be read. An object that knows another rule keeps that one. */
  readonly isAssumed?: boolean;
}

/** A sliding window: never more than `limit` entries in any `windowSeconds`. Each request calls the object. */
export interface WindowPolicy extends CommonPolicy {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What a principal or an address may use. */
export type LimitPolicy = BucketPolicy | WindowPolicy;

/** How many requests one isolate processes at a time before it refuses more of a kind. */
export interface LoadPolicy {
  readonly name: string;
  readonly inFlight: number;
  readonly shadow: boolean;
}

export type Policy = LimitPolicy | LoadPolicy;

/** Policies by name. */
export type Policies = ReadonlyMap<string, Policy>;

export function isLoad(policy: Policy): policy is LoadPolicy {
  return "inFlight" in policy;
}

export function isWindow(policy: LimitPolicy): policy is WindowPolicy {
  return "windowSeconds" in policy;
}

/** The most that a client can use at once, in tokens or entries. */
export function limitOf(policy: LimitPolicy): number {
  return isWindow(policy) ? policy.limit : policy.capacity;
}

export function windowRuleOf({ limit, windowSeconds }: WindowPolicy): WindowRule {
  return { limit, windowMs: windowSeconds * 1000 };
}

/** The name of the object that counts a policy for a key. */
export function objectName(policy: LimitPolicy, key: string): string {
  return `${policy.name}:${key}`;
}
