/**
 * Every failure of every layer becomes one problem document here. What nobody foresaw shows nothing of itself, and
 * no failure is ever stored by a cache.
 */
import type { Context, Next } from "hono";
import type { AppEnv } from "../contract/context.ts";
import { PROBLEM_MEDIA_TYPE, Problem, problem, problemBody } from "../http/problem.ts";

/** For a 503 of which nothing better is known, in seconds. */
const RETRY_AFTER_SECONDS = "30";

export function answerFailure(error: Error, c: Context<AppEnv>): Response {
  const failure = error instanceof Problem ? error : problem("internal-error");
  const body = problemBody(failure, {
    origin: c.var.origin,
    instance: instanceOf(c.var.url, c.var.origin),
    correlationId: c.var.correlationId,
  });
  return new Response(JSON.stringify(body), {
    status: failure.status,
    headers: {
      ...(failure.status === 503 ? { "Retry-After": RETRY_AFTER_SECONDS } : {}),
      ...failure.headers,
      "Content-Type": PROBLEM_MEDIA_TYPE,
      "Cache-Control": "no-store",
    },
  });
}

/** The router hands on only errors, but JavaScript throws anything: what is none is made one. */
export async function containThrown(_c: Context<AppEnv>, next: Next): Promise<void> {
  try {
    await next();
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
    throw new TypeError(`Thrown, but no error: ${typeof thrown === "string" ? thrown : typeof thrown}`);
  }
}

/**
 * The path as a URI reference. URLs are laxer than URIs about signs (RFC 3986 section 3.3), and a path of two slashes
 * would be read as the name of a host (section 4.2).
 */
function instanceOf(url: URL, origin: string): string {
  const path = url.pathname.replaceAll(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, encodeSign);
  return path.startsWith("//") ? `${origin}${path}` : path;
}

function encodeSign(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
