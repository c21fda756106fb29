/**
 * Renders every failure as a problem document, or as a page if the client prefers HTML. An unexpected error reveals no
 * details. No failure is stored by a cache.
 */
import type { ErrorHandler } from "hono";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import type { AppEnv, Settled } from "#core/contract/context.ts";
import { stage } from "#core/contract/stage.ts";
import type { CommitProgress } from "#core/data/database.ts";
import { negotiate } from "#core/http/media-type.ts";
import { PROBLEM_MEDIA_TYPE, Problem, problem, problemBody } from "#core/http/problem.ts";
import { mergeVary } from "#core/http/vary.ts";
import { asSent } from "../idempotency/faults.ts";
import { MAX_URL_CHARACTERS } from "../route/route.ts";
import { failedForm } from "./failed-form.ts";

/** The default `Retry-After` of a 503, in seconds. */
const RETRY_AFTER_SECONDS = "30";

const HTML = "text/html";

/** A client that accepts one of these at least as readily as HTML is a program, and gets a problem document. */
const FOR_PROGRAMS = [PROBLEM_MEDIA_TYPE, "application/json", "application/hal+json", "application/vnd.api+json"];

/** Renders a generic failure page, for requests whose endpoint has no page for the failure. */
export type RenderFailurePage = (shown: {
  readonly failure: Problem;
  readonly correlationId: string;
  readonly version: string | undefined;
}) => Promise<DocumentAnswer>;

/** Handles every error that a stage or handler throws. `renderPage` is called for clients that prefer HTML. */
export function answerFailures(renderPage: RenderFailurePage): ErrorHandler<AppEnv> {
  return async function answerFailure(error, c) {
    const request: Settled = c.get("request");
    const failure = withOutcome(error instanceof Problem ? error : problem("internal-error"), request);
    if (!prefersPage(request)) return failureDocument(request, failure);
    const page = (await formPage(request, failure)) ?? (await failurePage(request, failure, renderPage));
    return page === undefined ? failureDocument(request, failure) : pageResponse(failure, page);
  };
}

/** A media type that no client names, so only a wildcard matches it. It detects clients that do not name HTML. */
const UNNAMED = "text/vnd.sluice.unnamed";

/** Whether the client names HTML and prefers it to the formats for programs. Ties go to the earlier offer. */
function prefersPage({ http }: Settled): boolean {
  return negotiate(http.req.header("accept"), [...FOR_PROGRAMS, UNNAMED, HTML]) === HTML;
}

const OUTCOMES: Readonly<Record<CommitProgress, string | undefined>> = {
  untouched: undefined,
  unknown:
    "It is not known whether the request took effect. If it had an Idempotency-Key, send it again with the same key: it takes effect only once. Otherwise check the state before you repeat it.",
  committed: "The request took effect, but its response could not be created.",
};

/** Adds to a 5xx whether the request took effect, because the client needs to know before it retries. */
function withOutcome(failure: Problem, { database }: Settled): Problem {
  const outcome = database && OUTCOMES[database.progress];
  if (failure.status < 500 || outcome === undefined) return failure;
  const { definition, detail, headers, members, cause } = failure;
  return problem(definition, { detail: `${detail} ${outcome}`, headers, members, cause });
}

/** Replaces parameter names of the service in the problem by the names that the client sent. */
function underSentNames(failure: Problem, { sent }: Settled): Problem {
  if (sent === undefined || failure.errors === undefined) return failure;
  const { definition, detail, headers, members, cause } = failure;
  const errors = failure.errors.map((fault) => asSent(fault, sent));
  const same = failure.errors.findIndex((fault) => fault.detail === detail);
  return problem(definition, { detail: errors[same]?.detail ?? detail, errors, headers, members, cause });
}

function failureDocument(request: Settled, thrown: Problem): Response {
  const failure = underSentNames(thrown, request);
  const { origin, sentUrl, correlationId } = request;
  const body = problemBody(failure, { origin, instance: instanceOf(sentUrl, origin), correlationId });
  return new Response(JSON.stringify(body), {
    status: failure.status,
    headers: { ...headersOf(failure), "Content-Type": PROBLEM_MEDIA_TYPE },
  });
}

/** The endpoint's own failure page. If it fails, the generic failure page is used. */
async function formPage(request: Settled, failure: Problem): Promise<DocumentAnswer | undefined> {
  const { endpoint, correlationId } = request;
  if (endpoint?.failurePage === undefined) return undefined;
  try {
    const failed = await failedForm(request, endpoint, failure);
    if (failed === undefined) return undefined;
    const { call, form } = failed;
    return await endpoint.failurePage(call, { failure, form, correlationId });
  } catch {
    return undefined;
  }
}

async function failurePage(
  { correlationId, settings }: Settled,
  failure: Problem,
  renderPage: RenderFailurePage,
): Promise<DocumentAnswer | undefined> {
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

/** Turns a thrown value that is not an Error into one, because Hono's error handler only receives Errors. */
export const containThrown = stage("containThrown", {}, async (_request, next) => {
  try {
    await next();
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
    throw new TypeError(`thrown value is not an Error: ${typeof thrown === "string" ? thrown : typeof thrown}`);
  }
});

/**
 * The path as a URI reference, truncated if it is longer than the URLs that the service accepts. Characters that URLs
 * allow and URIs do not are encoded (RFC 3986 section 3.3). A path that starts with two slashes would be read as a host
 * (section 4.2), so it gets the origin.
 */
function instanceOf(url: URL, origin: string): string {
  const whole = url.pathname.replaceAll(/%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, encodeSign);
  const path = whole.slice(0, Math.max(1, MAX_URL_CHARACTERS - origin.length)).replace(/%[0-9A-Fa-f]?$/, "");
  return path.startsWith("//") ? `${origin}${path}` : path;
}

function encodeSign(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
