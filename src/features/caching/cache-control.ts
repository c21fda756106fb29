/** `Cache-Control` from an endpoint's declared policy (RFC 9111 section 5.2.2). */
import type { CachePolicy } from "#core/contract/policy.ts";

/**
 * `keepsTag`: forbids intermediaries to recode the body. A proxy that compresses it weakens the ETag (RFC 9110 section
 * 8.8.1), and `If-Match` never matches a weak tag.
 */
export function cacheControl(policy: CachePolicy, keepsTag = false): string {
  return [...directivesOf(policy), ...(keepsTag ? ["no-transform"] : [])].join(", ");
}

function directivesOf(policy: CachePolicy): string[] {
  if (policy === "no-store") return ["no-store"];
  return [policy.scope, policy.freshForSeconds === 0 ? "no-cache" : `max-age=${policy.freshForSeconds}`];
}

/** Makes a public value private, for a response with content for its caller only. */
export function madePrivate(caching: string): string {
  return caching.replace(/^public\b/, "private");
}
