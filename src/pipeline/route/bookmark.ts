/**
 * Chooses which copy of the database a request reads, so that a client never sees an older state than it has written or
 * seen. `X-Bookmark` carries that state from one response to later requests. An unreadable bookmark is not an error:
 * the request reads from the primary.
 */
import type { Endpoint } from "#core/contract/endpoint.ts";
import { isForPrograms } from "#core/contract/for-programs.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import type { SessionStart } from "#core/data/session.ts";
import { requestDirectives, wantsPresent } from "#core/http/request-directives.ts";
import { madePrivate } from "#features/caching/cache-control.ts";
import { isApiKey, readCredentials } from "#features/identity/credentials.ts";
import { openBookmark, sealBookmark } from "./bookmark-token.ts";

const HEADER = "X-Bookmark";

/**
 * The value to send if a write may have happened without a D1 bookmark, such as a replay or an unknown outcome. Like
 * any invalid bookmark, it makes the next request read from the primary.
 */
const NO_BOOKMARK = "primary";

/** The kind of credential that the headers show. "other": not a credential of this service. */
export type CredentialKind = "none" | "token" | "api-key" | "cookie" | "other";

export interface ReadSituation {
  readonly isWrite: boolean;
  /** Whether the response is the same for every caller and cacheable. */
  readonly isPublic: boolean;
  readonly credential: CredentialKind;
  /** Whether the request asks for the current state instead of a stored one. A replica counts as stored. */
  readonly wantsPresent: boolean;
  /** The bookmark of the request. "unreadable": the header is not a bookmark of this service. */
  readonly bookmark: D1SessionBookmark | "none" | "unreadable";
}

/** Where the reads of a request begin. */
export function startOf({ isWrite, isPublic, credential, wantsPresent, bookmark }: ReadSituation): SessionStart {
  if (isWrite || wantsPresent || bookmark === "unreadable") return "first-primary";
  // A revoked key or an ended session must be refused at once.
  if (credential !== "none" && credential !== "token") return "first-primary";
  if (bookmark !== "none") return bookmark;
  // A client without bookmarks may have written before.
  return credential === "none" && isPublic ? "first-unconstrained" : "first-primary";
}

export function credentialKind(headers: Headers): CredentialKind {
  if (!headers.has("authorization")) return headers.has("cookie") ? "cookie" : "none";
  try {
    const credentials = readCredentials(headers);
    return credentials !== undefined && isApiKey(credentials) ? "api-key" : "token";
  } catch {
    return "other";
  }
}

/** Pages and documents read from the primary and do not use bookmarks. */
export function readFromBookmark(endpoint: Endpoint): Stage {
  const { contract, policy } = endpoint;
  const isWrite = contract.method !== "GET";
  const isPublic = policy.cache !== "no-store" && policy.cache.scope === "public";
  const knowsBookmarks = isForPrograms(endpoint);
  return stage("readFromBookmark", { requires: ["settings", "database"] }, async (request, next) => {
    const { http: c, settings, database } = request;
    if (!knowsBookmarks) return next();
    const { headers } = c.req.raw;
    const token = headers.get(HEADER);
    const credential = credentialKind(headers);
    const bookmark = token === null ? "none" : ((await openBookmark(settings.secret, token)) ?? "unreadable");
    const present = wantsPresent(requestDirectives(headers));
    database.readFrom(startOf({ isWrite, isPublic, credential, wantsPresent: present, bookmark }));
    await next();
    // An anonymous request without a bookmark gets the response that caches may share.
    if (token === null && (credential === "none" || credential === "cookie")) return;
    // An unauthenticated caller has seen no data, and must not learn the state of the database.
    if (c.res.status === 401) return;
    // An unfinished write is not covered by any bookmark, whatever the response says.
    const isUntold = database.progress === "unknown";
    const reached = isUntold ? undefined : database.bookmark();
    if (reached !== undefined) attach(c.res, await sealBookmark(settings.secret, reached));
    else if (isUntold || (isWrite && mayHaveWritten(c.res.status))) attach(c.res, NO_BOOKMARK);
  });
}

/** Adds the bookmark and makes the response private, so that no cache passes the bookmark to another client. */
function attach({ headers, status }: Response, bookmark: string): void {
  const caching = headers.get("Cache-Control") ?? "";
  if (madePrivate(caching) !== caching) {
    // A cache copies the headers of a 304 to its stored response, which it may share (RFC 9111 section 4.3.4). The
    // client already has a bookmark of the state that the 304 confirms.
    if (status === 304) return;
    headers.set("Cache-Control", madePrivate(caching));
  }
  headers.set(HEADER, bookmark);
}

function mayHaveWritten(status: number): boolean {
  return status < 400 || status >= 500;
}
