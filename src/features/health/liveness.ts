/**
 * `/livez` says that the process runs. It answers in front of all that could fail, the configuration included: a
 * supervisor that restarts what does not answer must not restart a service for what a restart cannot mend.
 */
import type { Context, Next } from "hono";
import type { AppEnv } from "#core/contract/context.ts";

export const LIVENESS_PATH = "/livez";
export const LIVENESS = { status: "pass" } as const;

export async function answerLiveness(c: Context<AppEnv>, next: Next): Promise<Response | undefined> {
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (c.req.path !== LIVENESS_PATH || !reads) {
    await next();
    return undefined;
  }
  c.var.log["http.route"] = LIVENESS_PATH;
  return c.body(JSON.stringify(LIVENESS), 200, {
    "Content-Type": "application/health+json",
    "Cache-Control": "no-store",
  });
}
