/** Stage 2. Sets security headers on every response. */
import { stage } from "#core/contract/stage.ts";
import { formatCacheStatus } from "#core/http/cache-status.ts";

const STRICT_TRANSPORT = "max-age=63072000; includeSubDomains";

/** A response that is not a page may load and frame nothing. Pages set their own policy. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Defaults for headers that no later stage has set. */
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

export const protect = stage("protect", {}, async ({ http: c, sentUrl }, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of ALWAYS) headers.set(name, value);
  // Never without TLS (RFC 6797 section 7.2), because an attacker on the network could have set it.
  if (sentUrl.protocol === "https:") headers.set("Strict-Transport-Security", STRICT_TRANSPORT);
  for (const [name, value] of DEFAULTS) {
    if (!headers.has(name)) headers.set(name, value);
  }
  const forwarded = c.req.method === "GET" || c.req.method === "HEAD" ? "bypass" : "method";
  if (!headers.has("Cache-Status")) headers.set("Cache-Status", formatCacheStatus({ forwarded }));
});
