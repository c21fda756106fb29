/** Every failure of every layer becomes one problem document here. What nobody foresaw shows nothing of itself. */
import type { Context } from "hono";
import type { AppEnv } from "../contract/context.ts";
import { PROBLEM_MEDIA_TYPE, Problem, problem, problemBody } from "../http/problem.ts";

export function answerFailure(error: Error, c: Context<AppEnv>): Response {
  const failure = error instanceof Problem ? error : problem("internal-error");
  const body = problemBody(failure, {
    origin: c.var.origin,
    instance: new URL(c.req.url).pathname,
    correlationId: c.var.correlationId,
  });
  return new Response(JSON.stringify(body), {
    status: failure.status,
    headers: { ...failure.headers, "Content-Type": PROBLEM_MEDIA_TYPE, "Cache-Control": "no-store" },
  });
}
