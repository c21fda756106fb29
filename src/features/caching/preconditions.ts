/**
 * Evaluates preconditions (RFC 9110 section 13) from header values and current validators: no I/O, no clock. An
 * `If-Match` that cannot be parsed never matches, so a write fails. A 404 is decided before this, because preconditions
 * apply only if the response would otherwise be a success.
 */
import { parseEntityTags } from "#core/http/entity-tag.ts";
import { parseHttpDate } from "#core/http/http-date.ts";

/** The received field values; undefined for an absent header. */
export type ConditionalRequest = {
  readonly method: string;
  readonly ifMatch?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
};

/** The current validators. They are strong, but an intermediary may have weakened a client's copy. */
export type CurrentRepresentation = {
  /** Whether this is the current tag. `opaque` is the text between its quotes. */
  isCurrent(opaque: string): boolean;
  /** Epoch milliseconds; undefined if there is no date, so that conditions on dates are ignored. */
  readonly lastModified: number | undefined;
};

/** `proceed` with the method, respond 304 (`not-modified`), or respond 412 (`failed`). */
export type PreconditionOutcome = "proceed" | "not-modified" | "failed";

/**
 * Evaluates a request's preconditions in the order of RFC 9110 section 13.2.2. `current` is null if there is no current
 * representation. `now` (epoch ms) resolves two-digit years. If `lastModified` is later than `now`, the client was sent
 * another date, so `If-Modified-Since` never gives a 304.
 */
export function evaluatePreconditions(
  request: ConditionalRequest,
  current: CurrentRepresentation | null,
  now: number,
): PreconditionOutcome {
  const { method, ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince } = request;
  if (selectsNoRepresentation(method)) return "proceed";
  const reads = method === "GET" || method === "HEAD";

  if (ifMatch !== undefined) {
    if (!anyMatches(ifMatch, current, "strong")) return "failed";
  } else if (ifUnmodifiedSince !== undefined && modifiedSince(ifUnmodifiedSince, current, now) === true) {
    return "failed";
  }

  if (ifNoneMatch !== undefined) {
    if (anyMatches(ifNoneMatch, current, "weak")) return reads ? "not-modified" : "failed";
  } else if (reads && ifModifiedSince !== undefined && !isFromFuture(current, now)) {
    if (modifiedSince(ifModifiedSince, current, now) === false) return "not-modified";
  }
  return "proceed";
}

function isFromFuture(current: CurrentRepresentation | null, now: number): boolean {
  return current?.lastModified !== undefined && current.lastModified > now;
}

/** RFC 9110 section 13.2.1: preconditions on these methods are ignored. */
function selectsNoRepresentation(method: string): boolean {
  return method === "CONNECT" || method === "OPTIONS" || method === "TRACE";
}

/** Strong comparison rejects weak tags; weak comparison ignores weakness (RFC 9110 section 8.8.3.2). */
function anyMatches(header: string, current: CurrentRepresentation | null, comparison: "strong" | "weak"): boolean {
  if (current === null) return false;
  const listed = parseEntityTags(header);
  if (listed === undefined) return false;
  if (listed === "*") return true;
  return listed.some((tag) => !(tag.weak && comparison === "strong") && current.isCurrent(tag.opaque));
}

/** Undefined if the header must be ignored: an invalid date, or a representation without a date. */
function modifiedSince(header: string, current: CurrentRepresentation | null, now: number): boolean | undefined {
  const since = parseHttpDate(header, now);
  if (since === undefined || current?.lastModified === undefined) return undefined;
  // The client has the date from `Last-Modified`, truncated to whole seconds.
  return Math.floor(current.lastModified / 1000) * 1000 > since;
}
