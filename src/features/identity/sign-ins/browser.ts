/** Identifies a browser before a person signs in: a random cookie, set with the first page. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { toBase64url } from "#core/http/base64url.ts";
import { type Cookies, cookieHeader, cookieName } from "./cookies.ts";
import { hashOfToken, isSecretToken } from "./secret-token.ts";

const NAME = "sluice_browser";
const LIFETIME_SECONDS = 180 * 24 * 60 * 60;

/** `cookie` is the `Set-Cookie` value for a browser that had none. */
export function readBrowser(call: RequestContext & Cookies): {
  readonly id: string;
  readonly cookie: string | undefined;
} {
  const known = call.cookie(cookieName(NAME, call.origin));
  if (known !== undefined && isSecretToken(known)) return { id: known, cookie: undefined };
  const id = toBase64url(call.randomBytes(32));
  return { id, cookie: cookieHeader(NAME, id, call.origin, LIFETIME_SECONDS) };
}

/** The hash of the browser's cookie, for storage; undefined without the cookie. */
export function browserHash(call: Pick<RequestContext, "origin"> & Cookies): Promise<string | undefined> {
  return hashOfToken(call.cookie(cookieName(NAME, call.origin)));
}
