/**
 * Stage 2. In production the service only accepts HTTPS. It refuses cleartext instead of redirecting, so that a client
 * that leaks its credentials notices. Health endpoints are exempt, because they contain no secrets.
 */
import { type Stage, stage } from "#core/contract/stage.ts";
import { problem } from "#core/http/problem.ts";

/** @throws forbidden */
export function refuseCleartext(exempt: ReadonlySet<string>): Stage {
  return stage("refuseCleartext", { requires: ["settings"] }, async ({ http, sentUrl, settings }, next) => {
    const isCleartext = sentUrl.protocol === "http:";
    if (isCleartext && settings.environment === "production" && !exempt.has(http.req.path)) {
      throw problem("forbidden", { detail: "This service only accepts HTTPS." });
    }
    await next();
  });
}
