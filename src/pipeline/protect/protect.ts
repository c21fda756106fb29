/**
 * Stage 2. Headers that protect whoever reads the answer, on every answer, and CORS for the service's own origin and
 * the configured ones: an exact allow-list, never `*`, never `null`, and no trace of CORS for anybody else.
 */
import type { Context, Next } from "hono";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import { formatCacheStatus } from "#core/http/cache-status.ts";
import { mergeVary } from "#core/http/vary.ts";

const ALLOWED_HEADERS =
  "Accept, Authorization, Content-Type, DPoP, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Prefer, traceparent, tracestate, X-Bookmark, X-Correlation-Id";
const EXPOSED_HEADERS =
  "Accept-Patch, Accept-Post, Age, Allow, Cache-Status, Deprecation, DPoP-Nonce, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, Sunset, traceparent, WWW-Authenticate, X-Bookmark, X-Correlation-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset";
const PREFLIGHT_SECONDS = "7200";

const STRICT_TRANSPORT = "max-age=63072000; includeSubDomains";

/** Whatever is not a page may load and frame nothing. Pages bring a policy of their own. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What a stage or handler behind has not said itself. */
const DEFAULTS = [
  ["Cache-Control", "no-store"],
  ["Content-Security-Policy", CONTENT_POLICY],
  ["Cross-Origin-Resource-Policy", "same-origin"],
] as const;

const ALWAYS = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
] as const;

export async function protect(c: Context<AppEnv>, next: Next): Promise<void> {
  await next();
  const { headers } = c.res;
  for (const [name, value] of ALWAYS) headers.set(name, value);
  // Never without TLS (RFC 6797 section 7.2), where anybody on the way could have written it.
  if (c.var.url.protocol === "https:") headers.set("Strict-Transport-Security", STRICT_TRANSPORT);
  for (const [name, value] of DEFAULTS) {
    if (!headers.has(name)) headers.set(name, value);
  }
  const forwarded = c.req.method === "GET" || c.req.method === "HEAD" ? "bypass" : "method";
  if (!headers.has("Cache-Status")) headers.set("Cache-Status", formatCacheStatus({ forwarded }));
}

export async function shareAcrossOrigins(c: Context<AppEnv>, next: Next): Promise<void> {
  await next();
  const { headers } = c.res;
  headers.set("Vary", mergeVary(headers.get("Vary"), ["Origin"]));
  const origin = c.req.header("origin");
  const { origin: own, settings }: SettledVariables = c.var;
  // The configuration may be what failed.
  if (origin === undefined || !(origin === own || settings?.corsOrigins.has(origin))) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  const allow = headers.get("Allow");
  const isPreflight = c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
  if (!isPreflight || allow === null) return;
  headers.set("Access-Control-Allow-Methods", allow);
  headers.set("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  headers.set("Access-Control-Max-Age", PREFLIGHT_SECONDS);
}
