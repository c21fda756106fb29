/**
 * Every failure of every layer becomes one problem document here. What nobody foresaw shows nothing of itself, and
 * no failure is ever stored by a cache.
 */
import type { Context, Next } from "hono";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { CommitProgress } from "#core/data/database.ts";
import { negotiate } from "#core/http/media-type.ts";
import { PROBLEM_MEDIA_TYPE, Problem, problem, problemBody } from "#core/http/problem.ts";

/** For a 503 of which nothing better is known, in seconds. */
const RETRY_AFTER_SECONDS = "30";

const HTML = "text/html";

export async function answerFailure(error: Error, c: Context<AppEnv>): Promise<Response> {
  const failure = withOutcome(error instanceof Problem ? error : problem("internal-error"), c);
  return (await failurePage(c, failure)) ?? failureDocument(c, failure);
}

const OUTCOMES: Readonly<Record<CommitProgress, string | undefined>> = {
  untouched: undefined,
  unknown:
    "It cannot be told whether the request took effect. Sent again with the Idempotency-Key that it had, it does so once; if it had none, look before you repeat it.",
  committed: "The request took effect, but its answer could not be made.",
};

/** What fails on our side says whether the request took effect: whoever reads "try again" has to know. */
function withOutcome(failure: Problem, c: Context<AppEnv>): Problem {
  const { database }: SettledVariables = c.var;
  const outcome = database && OUTCOMES[database.progress];
  if (failure.status < 500 || outcome === undefined) return failure;
  const { type, detail, headers, members, cause } = failure;
  return problem(type, { detail: `${detail} ${outcome}`, headers, members, cause });
}

function failureDocument(c: Context<AppEnv>, failure: Problem): Response {
  const body = problemBody(failure, {
    origin: c.var.origin,
    instance: instanceOf(c.var.url, c.var.origin),
    correlationId: c.var.correlationId,
  });
  return new Response(JSON.stringify(body), {
    status: failure.status,
    headers: { ...headersOf(failure), "Content-Type": PROBLEM_MEDIA_TYPE },
  });
}

/** A form's failure is shown in its page to whoever reads pages. What goes wrong with the page leaves the document. */
async function failurePage(c: Context<AppEnv>, failure: Problem): Promise<Response | undefined> {
  const { endpoint, call, form }: SettledVariables = c.var;
  if (endpoint?.failurePage === undefined || call === undefined) return undefined;
  if (negotiate(c.req.header("accept"), [PROBLEM_MEDIA_TYPE, HTML]) !== HTML) return undefined;
  try {
    const page = await endpoint.failurePage({ ...call, body: undefined }, failure, form ?? new Map());
    const headers = new Headers({ ...page.headers, ...headersOf(failure), "Content-Type": page.mediaType });
    for (const cookie of page.cookies ?? []) headers.append("Set-Cookie", cookie);
    return new Response(page.content, { status: failure.status, headers });
  } catch {
    return undefined;
  }
}

function headersOf(failure: Problem): Record<string, string> {
  return {
    ...(failure.status === 503 ? { "Retry-After": RETRY_AFTER_SECONDS } : {}),
    ...failure.headers,
    "Cache-Control": "no-store",
  };
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
