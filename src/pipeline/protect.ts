/**
 * Stage 2. Headers that protect whoever reads the answer, on every answer, and CORS for the configured origins:
 * an exact allow-list, never `*`, never `null`, and no trace of CORS for anybody else.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../contract/context.ts";
import { mergeVary } from "../http/vary.ts";

const ALLOWED_HEADERS =
  "Accept, Authorization, Content-Type, DPoP, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Prefer, traceparent, tracestate, X-Correlation-Id";
const EXPOSED_HEADERS =
  "Accept-Patch, Allow, Cache-Status, Deprecation, DPoP-Nonce, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, traceparent, WWW-Authenticate, X-Correlation-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset";
const PREFLIGHT_SECONDS = "7200";

/** Whatever is not a page may load and frame nothing. Pages bring a policy of their own. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

export async function protect(c: Parameters<MiddlewareHandler<AppEnv>>[0], next: () => Promise<void>): Promise<void> {
  await next();
  if (c.res.headers.get("Content-Security-Policy") === null) c.header("Content-Security-Policy", CONTENT_POLICY);
  c.header("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "DENY");
  c.header("Referrer-Policy", "no-referrer");
  c.header("Cross-Origin-Resource-Policy", "same-origin");
  if (c.res.headers.get("Cache-Control") === null) c.header("Cache-Control", "no-store");
}

export async function shareAcrossOrigins(
  c: Parameters<MiddlewareHandler<AppEnv>>[0],
  next: () => Promise<void>,
): Promise<void> {
  await next();
  // The configuration may be what failed.
  const allowed = c.var.settings?.corsOrigins ?? new Set<string>();
  if (allowed.size === 0) return;
  c.header("Vary", mergeVary(c.res.headers.get("Vary"), ["Origin"]));
  const origin = c.req.header("origin");
  if (origin === undefined || !allowed.has(origin)) return;
  c.header("Access-Control-Allow-Origin", origin);
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  c.header("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  if (c.req.method !== "OPTIONS" || c.req.header("access-control-request-method") === undefined) return;
  c.header("Access-Control-Allow-Methods", c.res.headers.get("Allow") ?? "");
  c.header("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  c.header("Access-Control-Max-Age", PREFLIGHT_SECONDS);
}
