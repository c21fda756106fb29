/**
 * Stage 2. In production the service only accepts HTTPS. It refuses cleartext instead of redirecting, so that a client
 * that leaks its credentials notices. Health endpoints are exempt, because they contain no secrets.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import { problem } from "#core/http/problem.ts";

/** @throws forbidden */
export function refuseCleartext(exempt: ReadonlySet<string>): MiddlewareHandler<AppEnv> {
  return async function refuseCleartextRequest(c, next) {
    const isCleartext = c.var.url.protocol === "http:";
    if (isCleartext && c.var.settings.environment === "production" && !exempt.has(c.req.path)) {
      throw problem("forbidden", { detail: "This service only accepts HTTPS." });
    }
    await next();
  };
}
