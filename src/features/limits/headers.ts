/**
 * The response headers of limits: `RateLimit` and `RateLimit-Policy` in the syntax of draft-ietf-httpapi-ratelimit-headers-11,
 * and `X-RateLimit-*`. Numbers are whole and rounded, so that a client that obeys them waits long enough. The headers are
 * added after all caches and are never stored with a response.
 */
import { serializeItem, serializeList } from "structured-headers";
import { isWindow, type LimitPolicy, limitOf } from "./policy/policy.ts";

/** A limit as headers show it. */
export interface ShownLimit {
  readonly policy: LimitPolicy;
  /** Whole tokens. */
  readonly remaining: number;
  /** When the limit is full again, in epoch milliseconds. */
  readonly resetMs: number;
  /** 0 if the request was allowed. */
  readonly retryAfterMs: number;
}

/**
 * The headers of a response. `X-RateLimit-*` show the first of `limits`, which is the caller's own. No headers if nothing
 * is known. `now` is in epoch milliseconds.
 */
export function limitHeaders(limits: readonly ShownLimit[], now: number): Record<string, string> {
  const [primary] = limits;
  if (primary === undefined) return {};
  return {
    "X-RateLimit-Limit": String(limitOf(primary.policy)),
    "X-RateLimit-Remaining": String(primary.remaining),
    "X-RateLimit-Reset": String(epochSeconds(primary.resetMs)),
    "RateLimit-Policy": limits.map(({ policy }) => policyItem(policy)).join(", "),
    RateLimit: serializeList(
      limits.map((limit) => [
        limit.policy.name,
        new Map([
          ["r", limit.remaining],
          ["t", secondsToNext(limit, now)],
        ]),
      ]),
    ),
  };
}

/** `Retry-After` in whole seconds, at least 1 (RFC 9110 section 10.2.3). */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

/** Epoch seconds, rounded up. */
export function epochSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** `t`: the seconds until one more token is available, 0 if the limit is full. Never more than `Retry-After`. */
function secondsToNext({ policy, remaining, resetMs, retryAfterMs }: ShownLimit, now: number): number {
  const untilFullMs = Math.max(0, resetMs - now);
  if (retryAfterMs > 0 && isWindow(policy)) return retryAfterSeconds(retryAfterMs);
  if (isWindow(policy)) return Math.ceil(untilFullMs / 1000);
  const missing = Math.max(0, policy.capacity - remaining - 1);
  const untilNextMs = Math.min(untilFullMs, Math.max(0, untilFullMs - (missing / policy.refillPerSecond) * 1000));
  const seconds = Math.ceil(untilNextMs / 1000);
  // `resetMs` counts from the request's arrival, and `retryAfterMs` from the refusal.
  return retryAfterMs > 0 ? Math.min(seconds, retryAfterSeconds(retryAfterMs)) : seconds;
}

/** The seconds that fill an empty bucket, or those of the window. */
function windowSecondsOf(policy: LimitPolicy): number {
  return isWindow(policy) ? policy.windowSeconds : Math.ceil(policy.capacity / policy.refillPerSecond);
}

const policyItems = new WeakMap<LimitPolicy, string>();

/** `"default";q=100;w=10`, cached because policies outlive requests. */
function policyItem(policy: LimitPolicy): string {
  const known = policyItems.get(policy);
  if (known !== undefined) return known;
  const parameters = new Map([
    ["q", limitOf(policy)],
    ["w", windowSecondsOf(policy)],
  ]);
  const item = serializeItem(policy.name, parameters);
  policyItems.set(policy, item);
  return item;
}
