/**
 * Stage 2. In production the service speaks HTTPS alone. It refuses cleartext instead of redirecting it, so that a
 * client which leaks its credentials notices. Health is answered either way: it holds no secret.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import { problem } from "#core/http/problem.ts";

/** @throws forbidden */
export function refuseCleartext(exempt: ReadonlySet<string>): MiddlewareHandler<AppEnv> {
  return async function refuseCleartextRequest(c, next) {
    const isCleartext = c.var.url.protocol === "http:";
    if (isCleartext && c.var.settings.environment === "production" && !exempt.has(c.req.path)) {
      throw problem("forbidden", { detail: "This service is reached by HTTPS alone." });
    }
    await next();
  };
}
