/**
 * Stage 2, CORS (Fetch Standard section 3.2) for the service's own origin and the configured origins. The allow-list is
 * exact: never `*` or `null`, and no CORS header for other origins. A preflight from an allowed origin always succeeds.
 * Errors then appear in the response to the actual request, which the script can read.
 */
import type { Context } from "hono";
import type { Settled } from "#core/contract/context.ts";
import { stage } from "#core/contract/stage.ts";
import { mergeVary } from "#core/http/vary.ts";

/** Every request header that the OpenAPI documents or `docs/` tell clients to send. */
export const REQUEST_HEADERS = [
  "Accept",
  "Accept-Language",
  "Authorization",
  "Cache-Control",
  "Content-Type",
  "DPoP",
  "Idempotency-Key",
  "If-Match",
  "If-Modified-Since",
  "If-None-Match",
  "If-Unmodified-Since",
  "Pragma",
  "Prefer",
  "traceparent",
  "tracestate",
  "X-Bookmark",
  "X-Correlation-Id",
] as const;

/** Response headers that scripts need, beyond those that every script may read. */
export const RESPONSE_HEADERS = [
  "Accept-Patch",
  "Accept-Post",
  "Age",
  "Allow",
  "Cache-Status",
  "Date",
  "Deprecation",
  "DPoP-Nonce",
  "ETag",
  "Idempotent-Replayed",
  "Link",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Server-Timing",
  "Sunset",
  "traceparent",
  "Vary",
  "WWW-Authenticate",
  "X-Bookmark",
  "X-Correlation-Id",
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
] as const;

const ALLOWED_HEADERS = REQUEST_HEADERS.join(", ");
const EXPOSED_HEADERS = RESPONSE_HEADERS.join(", ");
/** For a path that does not exist, or whose methods are unknown because an earlier stage failed. */
const ANY_METHOD = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const PREFLIGHT_SECONDS = "7200";

export const shareAcrossOrigins = stage("shareAcrossOrigins", {}, async (request, next) => {
  await next();
  const { http: c, origin: own, settings }: Settled = request;
  const origin = c.req.header("origin");
  // The settings are missing if the configuration failed.
  const isAllowed = origin !== undefined && (origin === own || settings?.corsOrigins.has(origin) === true);
  const method = c.req.method === "OPTIONS" ? c.req.header("access-control-request-method") : undefined;
  if (isAllowed && method !== undefined) answerPreflight(c, method);
  const { headers } = c.res;
  headers.set("Vary", mergeVary(headers.get("Vary"), ["Origin"]));
  if (!isAllowed) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");
});

/** Also allows a requested method that the path does not support, so that the script can read the 405. */
function answerPreflight(c: Context, requested: string): void {
  const { status, headers: described } = c.res;
  const allow = described.get("Allow") ?? ANY_METHOD;
  if (status !== 204) {
    // Otherwise Hono would copy the failure's headers to the new response.
    c.res = undefined;
    c.res = new Response(null, { status: 204 });
  }
  const { headers } = c.res;
  const isListed = allow.split(", ").includes(requested) || !METHOD.test(requested);
  headers.set("Access-Control-Allow-Methods", isListed ? allow : `${allow}, ${requested}`);
  headers.set("Access-Control-Allow-Headers", ALLOWED_HEADERS);
  // A failure may be temporary, so it gets no max age. Browsers then repeat the preflight after five seconds.
  if (status === 204) headers.set("Access-Control-Max-Age", PREFLIGHT_SECONDS);
}
