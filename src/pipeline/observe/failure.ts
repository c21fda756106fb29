/**
 * Every failure of every layer becomes one problem document here, or a page where the client prefers HTML. What nobody
 * foresaw shows nothing of itself, and no failure is ever stored by a cache.
 */
import type { Context, ErrorHandler, Next } from "hono";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { CommitProgress } from "#core/data/database.ts";
import { negotiate } from "#core/http/media-type.ts";
import { PROBLEM_MEDIA_TYPE, Problem, problem, problemBody } from "#core/http/problem.ts";
import { mergeVary } from "#core/http/vary.ts";
import { asSent } from "../idempotency/faults.ts";
import { MAX_URL_CHARACTERS } from "../route/route.ts";
import { failedForm } from "./failed-form.ts";

/** For a 503 of which nothing better is known, in seconds. */
const RETRY_AFTER_SECONDS = "30";

const HTML = "text/html";

/** A client that accepts any of these as readily as HTML is a program, and gets the problem document. */
const FOR_PROGRAMS = [PROBLEM_MEDIA_TYPE, "application/json", "application/hal+json", "application/vnd.api+json"];

/** Makes the page of a failure, for a request whose endpoint has no page of its own for it. */
export type RenderFailurePage = (shown: {
  readonly failure: Problem;
  readonly correlationId: string;
  readonly version: string | undefined;
}) => Promise<DocumentAnswer>;

/** Answers what a stage or a handler throws. `renderPage` is called for clients that prefer HTML. */
export function answerFailures(renderPage: RenderFailurePage): ErrorHandler<AppEnv> {
  return async function answerFailure(error, c) {
    const failure = withOutcome(error instanceof Problem ? error : problem("internal-error"), c);
    if (!prefersPage(c)) return failureDocument(c, failure);
    const page = (await formPage(c, failure)) ?? (await failurePage(c, failure, renderPage));
    return page === undefined ? failureDocument(c, failure) : pageResponse(failure, page);
  };
}

/** Only a wildcard covers it: what it ties with is not named. */
const UNNAMED = "text/vnd.sluice.unnamed";

/** Whether the client names HTML, and prefers it to what programs read. Ties go to the earlier offer. */
function prefersPage(c: Context<AppEnv>): boolean {
  return negotiate(c.req.header("accept"), [...FOR_PROGRAMS, UNNAMED, HTML]) === HTML;
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

/** What a handler says of a parameter has the service's own name of it. */
function underSentNames(failure: Problem, c: Context<AppEnv>): Problem {
  const { sent }: SettledVariables = c.var;
  if (sent === undefined || failure.errors === undefined) return failure;
  const { type, detail, headers, members, cause } = failure;
  const errors = failure.errors.map((fault) => asSent(fault, sent));
  const same = failure.errors.findIndex((fault) => fault.detail === detail);
  return problem(type, { detail: errors[same]?.detail ?? detail, errors, headers, members, cause });
}

function failureDocument(c: Context<AppEnv>, thrown: Problem): Response {
  const failure = underSentNames(thrown, c);
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

/** The page that the endpoint itself shows. What goes wrong with it leaves the page of any failure. */
async function formPage(c: Context<AppEnv>, failure: Problem): Promise<DocumentAnswer | undefined> {
  const { endpoint }: SettledVariables = c.var;
  if (endpoint?.failurePage === undefined) return undefined;
  try {
    const failed = await failedForm(c, endpoint, failure);
    if (failed === undefined) return undefined;
    const { call, form } = failed;
    return await endpoint.failurePage(call, { failure, form, correlationId: c.var.correlationId });
  } catch {
    return undefined;
  }
}

async function failurePage(
  c: Context<AppEnv>,
  failure: Problem,
  renderPage: RenderFailurePage,
): Promise<DocumentAnswer | undefined> {
  const { correlationId, settings }: SettledVariables = c.var;
  return renderPage({ failure, correlationId, version: settings?.version }).catch(() => undefined);
}

function pageResponse(failure: Problem, page: DocumentAnswer): Response {
  const headers = new Headers({ ...page.headers, ...headersOf(failure), "Content-Type": page.mediaType });
  for (const cookie of page.cookies ?? []) headers.append("Set-Cookie", cookie);
  return new Response(page.content, { status: failure.status, headers });
}

function headersOf(failure: Problem): Record<string, string> {
  return {
    ...(failure.status === 503 ? { "Retry-After": RETRY_AFTER_SECONDS } : {}),
    ...failure.headers,
    "Cache-Control": "no-store",
    Vary: mergeVary(failure.headers["Vary"] ?? null, ["Accept"]),
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
 * The path as a URI reference, cut where it is longer than any URL that the service accepts. URLs are laxer than URIs about signs (RFC 3986 section 3.3), and a path of two slashes
 * would be read as the name of a host (section 4.2).
 */
function instanceOf(url: URL, origin: string): string {
  const whole = url.pathname.replaceAll(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, encodeSign);
  const path = whole.slice(0, Math.max(1, MAX_URL_CHARACTERS - origin.length)).replace(/%[0-9A-Fa-f]?$/, "");
  return path.startsWith("//") ? `${origin}${path}` : path;
}

function encodeSign(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
