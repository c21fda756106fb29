/** `Cache-Control` from an endpoint's declared policy (RFC 9111 section 5.2.2). */
import type { CachePolicy } from "#core/contract/policy.ts";

export function cacheControl(policy: CachePolicy): string {
  if (policy === "no-store") return "no-store";
  const freshness = policy.freshForSeconds === 0 ? "no-cache" : `max-age=${policy.freshForSeconds}`;
  return [policy.scope, freshness, ...(policy.noTransform === true ? ["no-transform"] : [])].join(", ");
}

/** The same for what shared caches may keep, where something is added that is its caller's alone. */
export function madePrivate(caching: string): string {
  return caching.replace(/^public\b/, "private");
}
