/**
 * Preconditions (RFC 9110 section 13), decided from header values and the current validators alone: no I/O, no clock.
 * Fails closed for writers: an If-Match that cannot be understood never matches. Whether the resource may be known to
 * be missing (404) comes before this, since a precondition counts only where the answer would otherwise be a success.
 */
import { parseEntityTags } from "#core/http/entity-tag.ts";
import { parseHttpDate } from "#core/http/http-date.ts";

/** The field values as received, undefined where the header is absent. */
export type ConditionalRequest = {
  readonly method: string;
  readonly ifMatch?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
};

/** The validators of what there is now. Ours are strong; a client's copy may have become weak on its way. */
export type CurrentRepresentation = {
  /** Whether this is the current tag, given what stands between its quotes. */
  isCurrent(opaque: string): boolean;
  /** Epoch milliseconds; undefined for what has no date: conditions on dates are ignored then. */
  readonly lastModified: number | undefined;
};

/** `proceed` to the method, answer 304 (`not-modified`), or answer 412 (`failed`). */
export type PreconditionOutcome = "proceed" | "not-modified" | "failed";

/**
 * Evaluates a request's preconditions in the order of RFC 9110 section 13.2.2. `current` is null when there is no
 * current representation; `now` (epoch ms) settles two-digit years. What was last changed by a clock that is ahead of it
 * was told with another date, by which nothing can be found unchanged.
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

/** RFC 9110 section 13.2.1: conditions on such methods are ignored. */
function selectsNoRepresentation(method: string): boolean {
  return method === "CONNECT" || method === "OPTIONS" || method === "TRACE";
}

/** Strong comparison refuses every weak tag, weak comparison disregards weakness (RFC 9110 section 8.8.3.2). */
function anyMatches(header: string, current: CurrentRepresentation | null, comparison: "strong" | "weak"): boolean {
  if (current === null) return false;
  const listed = parseEntityTags(header);
  if (listed === undefined) return false;
  if (listed === "*") return true;
  return listed.some((tag) => !(tag.weak && comparison === "strong") && current.isCurrent(tag.opaque));
}

/** Undefined where the header must be ignored: no valid date, or nothing that has a modification date. */
function modifiedSince(header: string, current: CurrentRepresentation | null, now: number): boolean | undefined {
  const since = parseHttpDate(header, now);
  if (since === undefined || current?.lastModified === undefined) return undefined;
  // The client knows the date as Last-Modified told it, cut to whole seconds.
  return Math.floor(current.lastModified / 1000) * 1000 > since;
}
