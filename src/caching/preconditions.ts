/**
 * Preconditions (RFC 9110 section 13), decided from header values and the current validators alone: no I/O, no clock.
 * Fails closed for writers: an If-Match that cannot be understood never matches. Whether the resource may be known to
 * be missing (404) comes before this, since a precondition counts only where the answer would otherwise be a success.
 */
import { type EntityTag, parseEntityTags, strongMatch, weakMatch } from "../http/entity-tag.ts";
import { parseHttpDate } from "../http/http-date.ts";

/** The field values as received, undefined where the header is absent. */
export type ConditionalRequest = {
  readonly method: string;
  readonly ifMatch?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
};

/** The validators of the selected representation: a formatted strong entity tag, and epoch milliseconds. */
export type CurrentRepresentation = { readonly etag: string; readonly lastModified: number };

/** `proceed` to the method, answer 304 (`not-modified`), or answer 412 (`failed`). */
export type PreconditionOutcome = "proceed" | "not-modified" | "failed";

/**
 * Evaluates a request's preconditions in the order of RFC 9110 section 13.2.2. `current` is null when there is no
 * current representation; `now` (epoch ms) settles two-digit years.
 * @throws TypeError when `current.etag` is not one entity tag.
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
    if (!anyMatches(ifMatch, current, strongMatch)) return "failed";
  } else if (ifUnmodifiedSince !== undefined && modifiedSince(ifUnmodifiedSince, current, now) === true) {
    return "failed";
  }

  if (ifNoneMatch !== undefined) {
    if (anyMatches(ifNoneMatch, current, weakMatch)) return reads ? "not-modified" : "failed";
  } else if (reads && ifModifiedSince !== undefined && modifiedSince(ifModifiedSince, current, now) === false) {
    return "not-modified";
  }
  return "proceed";
}

/** RFC 9110 section 13.2.1: conditions on such methods are ignored. */
function selectsNoRepresentation(method: string): boolean {
  return method === "CONNECT" || method === "OPTIONS" || method === "TRACE";
}

function anyMatches(
  header: string,
  current: CurrentRepresentation | null,
  matches: (a: EntityTag, b: EntityTag) => boolean,
): boolean {
  if (current === null) return false;
  const listed = parseEntityTags(header);
  if (listed === undefined) return false;
  if (listed === "*") return true;
  const currentTag = soleTag(current.etag);
  return listed.some((tag) => matches(tag, currentTag));
}

function soleTag(etag: string): EntityTag {
  const tags = parseEntityTags(etag);
  const tag = tags === undefined || tags === "*" ? undefined : tags[0];
  if (tag === undefined || tags?.length !== 1) throw new TypeError("The current validator is not an entity tag.");
  return tag;
}

/** Undefined where the header must be ignored: no valid date, or nothing that has a modification date. */
function modifiedSince(header: string, current: CurrentRepresentation | null, now: number): boolean | undefined {
  const since = parseHttpDate(header, now);
  if (since === undefined || current === null) return undefined;
  // The client knows the date as Last-Modified told it, cut to whole seconds.
  return Math.floor(current.lastModified / 1000) * 1000 > since;
}
