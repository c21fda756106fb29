/**
 * Stage 2. Headers that protect whoever reads the answer, on every answer, and CORS for the service's own origin and
 * the configured ones: an exact allow-list, never `*`, never `null`, and no trace of CORS for anybody else.
 */
import type { Context, Next } from "hono";
import type { AppEnv } from "../contract/context.ts";
import { mergeVary } from "../http/vary.ts";

const ALLOWED_HEADERS =
  "Accept, Authorization, Content-Type, DPoP, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Prefer, traceparent, tracestate, X-Correlation-Id";
const EXPOSED_HEADERS =
  "Accept-Patch, Accept-Post, Allow, Cache-Status, Deprecation, DPoP-Nonce, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, traceparent, WWW-Authenticate, X-Correlation-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset";
const PREFLIGHT_SECONDS = "7200";

/** Whatever is not a page may load and frame nothing. Pages bring a policy of their own. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What a stage or handler behind has not said itself. */
const DEFAULTS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": CONTENT_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

export async function protect(c: Context<AppEnv>, next: Next): Promise<void> {
  await next();
  c.header("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Frame-Options", "DENY");
  c.header("Referrer-Policy", "no-referrer");
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (c.res.headers.get(name) === null) c.header(name, value);
  }
}

export async function shareAcrossOrigins(c: Context<AppEnv>, next: Next): Promise<void> {
  await next();
  c.header("Vary", mergeVary(c.res.headers.get("Vary"), ["Origin"]));
  const origin = c.req.header("origin");
  // The configuration may be what failed.
  if (origin === undefined || !(origin === c.var.origin || c.var.settings?.corsOrigins.has(origin))) return;
  c.header("Access-Control-Allow-Origin", origin);
  c.header("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  c.header("Cross-Origin-Resource-Policy", "cross-origin");
  const allow = c.res.headers.get("Allow");
  const isPreflight = c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
  if (!isPreflight || allow === null) return;
  c.header("Access-Control-Allow-Methods", allow);
  c.header("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  c.header("Access-Control-Max-Age", PREFLIGHT_SECONDS);
}
