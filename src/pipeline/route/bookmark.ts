/**
 * Which copy of the database answers a request, and how new it is at least: never older than what its sender has written
 * or seen. `X-Bookmark` carries that from an answer to the requests behind it. One that cannot be read is no error: the
 * primary answers, which is at least as new as anything it could have named.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { isForPrograms } from "#core/contract/for-programs.ts";
import type { SessionStart } from "#core/data/session.ts";
import { requestDirectives, wantsPresent } from "#core/http/request-directives.ts";
import { madePrivate } from "#features/caching/cache-control.ts";
import { isApiKey, readCredentials } from "#features/identity/credentials.ts";
import { openBookmark, sealBookmark } from "./bookmark-token.ts";

const HEADER = "X-Bookmark";

/**
 * Instead of a bookmark where a write may have been made of which D1 gave none: a replay, or one that nobody knows the
 * outcome of. Like all that is no bookmark it leads to the primary.
 */
const NO_BOOKMARK = "primary";

/** By what the request says who sends it, as far as its headers alone tell. "other": what is no credential of ours. */
export type CredentialKind = "none" | "token" | "api-key" | "cookie" | "other";

export interface ReadSituation {
  readonly isWrite: boolean;
  /** Whether everybody is answered the same, and caches may keep it. */
  readonly isPublic: boolean;
  readonly credential: CredentialKind;
  /** Whether the request says that it does not want what is kept of an earlier state: a replica is that, too. */
  readonly wantsPresent: boolean;
  /** What D1 called it. "unreadable": something was sent that is none of ours. */
  readonly bookmark: D1SessionBookmark | "none" | "unreadable";
}

/** Where a request's reads begin. */
export function startOf({ isWrite, isPublic, credential, wantsPresent, bookmark }: ReadSituation): SessionStart {
  if (isWrite || wantsPresent || bookmark === "unreadable") return "first-primary";
  // A key that was revoked, a session that was ended, must be so at once.
  if (credential !== "none" && credential !== "token") return "first-primary";
  if (bookmark !== "none") return bookmark;
  // A client that knows nothing of bookmarks may have written.
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

/** Pages and documents read at the primary, and know no bookmarks. */
export function readFromBookmark(endpoint: Endpoint): MiddlewareHandler<AppEnv> {
  const { contract, policy } = endpoint;
  const isWrite = contract.method !== "GET";
  const isPublic = policy.cache !== "no-store" && policy.cache.scope === "public";
  const knowsBookmarks = isForPrograms(endpoint);
  return async function readFromBookmarkSent(c, next) {
    if (!knowsBookmarks) return next();
    const { database, settings } = c.var;
    const { headers } = c.req.raw;
    const token = headers.get(HEADER);
    const credential = credentialKind(headers);
    const bookmark = token === null ? "none" : ((await openBookmark(settings.secret, token)) ?? "unreadable");
    const present = wantsPresent(requestDirectives(headers));
    database.readFrom(startOf({ isWrite, isPublic, credential, wantsPresent: present, bookmark }));
    await next();
    // Whoever says nothing of themselves gets what caches may keep for everybody.
    if (token === null && (credential === "none" || credential === "cookie")) return;
    // Whoever is nobody has seen nothing, and is not to learn how far it came.
    if (c.res.status === 401) return;
    // A write that may still be under way is in no history that was read since, whatever the answer says of it.
    const isUntold = database.progress === "unknown";
    const reached = isUntold ? undefined : database.bookmark();
    if (reached !== undefined) attach(c.res, await sealBookmark(settings.secret, reached));
    else if (isUntold || (isWrite && mayHaveWritten(c.res.status))) attach(c.res, NO_BOOKMARK);
  };
}

/** No cache may hand on an answer with a bookmark to anybody else. */
function attach({ headers, status }: Response, bookmark: string): void {
  const caching = headers.get("Cache-Control") ?? "";
  if (madePrivate(caching) !== caching) {
    // What a 304 has, a cache writes to the answer that it may keep for everybody (RFC 9111 section 4.3.4). The client
    // has seen the state that it confirms, and so has a bookmark of it.
    if (status === 304) return;
    headers.set("Cache-Control", madePrivate(caching));
  }
  headers.set(HEADER, bookmark);
}

function mayHaveWritten(status: number): boolean {
  return status < 400 || status >= 500;
}
