/**
 * `/livez` reports that the process runs. It responds before every stage that can fail, configuration included. A
 * restart does not fix those failures, so a supervisor must not restart the service for them.
 */
import { stage } from "#core/contract/stage.ts";

export const LIVENESS_PATH = "/livez";
export const LIVENESS = { status: "pass" } as const;

export const answerLiveness = stage("answerLiveness", {}, async ({ http: c, log }, next) => {
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (c.req.path !== LIVENESS_PATH || !reads) {
    await next();
    return undefined;
  }
  log["http.route"] = LIVENESS_PATH;
  return c.body(JSON.stringify(LIVENESS), 200, {
    "Content-Type": "application/health+json",
    "Cache-Control": "no-store",
  });
});
