/**
 * The limits on the wire, in both families of headers, from this one place: `RateLimit` and `RateLimit-Policy` in the
 * syntax of draft-ietf-httpapi-ratelimit-headers-11, and `X-RateLimit-*` as they are widely read. Numbers are whole,
 * and rounded so that whoever waits as told has waited long enough. Nothing here is ever stored with an answer:
 * the headers are added on the way out, behind every cache of ours.
 */
import { serializeItem, serializeList } from "structured-headers";
import { isWindow, type LimitPolicy, limitOf, type WindowPolicy } from "./policy.ts";

/** A limit as the client is told it. */
export interface ShownLimit {
  readonly policy: LimitPolicy | WindowPolicy;
  /** Whole tokens. */
  readonly remaining: number;
  /** When all of it is there again, in epoch milliseconds. */
  readonly resetMs: number;
  /** 0 where the request was allowed. */
  readonly retryAfterMs: number;
}

/** The time that fills an empty bucket, or the window's, in whole seconds. */
export function windowSecondsOf(policy: LimitPolicy | WindowPolicy): number {
  return isWindow(policy) ? policy.windowSeconds : Math.ceil(policy.capacity / policy.refillPerSecond);
}

/**
 * The headers of an answer. The first of `limits` is the caller's own, which `X-RateLimit-*` tell of; none at all, where
 * nothing is known. `now` is epoch ms.
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

/** `Retry-After` in whole seconds, at least 1 (RFC 9110 section 10.2.3): waited out, the request passes. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

/** The second by which it has happened. */
export function epochSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/**
 * `t`: the seconds until there is one more to take; 0 where there are all. Never more than `Retry-After`, since what a
 * refused request lacks is at least one.
 */
function secondsToNext({ policy, remaining, resetMs, retryAfterMs }: ShownLimit, now: number): number {
  const untilFullMs = Math.max(0, resetMs - now);
  if (retryAfterMs > 0 && isWindow(policy)) return retryAfterSeconds(retryAfterMs);
  if (isWindow(policy)) return Math.ceil(untilFullMs / 1000);
  const missing = Math.max(0, policy.capacity - remaining - 1);
  const untilNextMs = Math.min(untilFullMs, Math.max(0, untilFullMs - (missing / policy.refillPerSecond) * 1000));
  const seconds = Math.ceil(untilNextMs / 1000);
  // The one counts from when the request came, the other from when it was refused.
  return retryAfterMs > 0 ? Math.min(seconds, retryAfterSeconds(retryAfterMs)) : seconds;
}

const policyItems = new WeakMap<LimitPolicy | WindowPolicy, string>();

/** `"default";q=100;w=10`. Policies live long, requests do not. */
function policyItem(policy: LimitPolicy | WindowPolicy): string {
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
