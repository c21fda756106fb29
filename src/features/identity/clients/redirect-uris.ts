/**
 * The rules for a client's URIs. Browsers are redirected only to targets that are safe from interception (RFC 8252
 * section 7). These are https, a loopback port, or a scheme that an app claims by a domain name. URIs are compared as
 * text, so none of them acts as a pattern.
 */

export const MAX_REDIRECT_URI_CHARACTERS = 2000;

/**
 * RFC 3986 without `#`, because a fragment never leaves the browser, and without `*`, which other servers treat as a
 * wildcard.
 */
const CHARACTERS = /^([A-Za-z0-9\-._~:/?[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+$/;
/**
 * Only by number, because a name could resolve elsewhere (RFC 8252 section 8.3). Any other spelling of the number is
 * refused.
 */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(:[0-9]+)?([/?]|$)/;
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/;
/** An `@` in the authority, even if nothing precedes it. */
const USER_INFO = /^[a-z][a-z0-9.+-]*:\/\/[^/?]*@/;

/** The rule that such a URI breaks, as a predicate; undefined if it breaks none. */
export function redirectUriFault(text: string): string | undefined {
  if (text.length > MAX_REDIRECT_URI_CHARACTERS) return `must have at most ${MAX_REDIRECT_URI_CHARACTERS} characters`;
  const url = CHARACTERS.test(text) ? URL.parse(text) : null;
  if (url === null) return "must be an absolute URI without a fragment or a wildcard";
  if (url.username !== "" || url.password !== "" || USER_INFO.test(text)) return "must not contain credentials";
  if (/^https:\/\/[^/?]/.test(text) || LOOPBACK.test(text) || PRIVATE_USE.test(text)) return undefined;
  return "must begin with https://, http://127.0.0.1, http://[::1] or a scheme such as com.example.app:";
}

/**
 * The rule that the URI of a client's own page or document breaks, as a predicate. Browsers are not redirected to it.
 */
export function webUriFault(text: string): string | undefined {
  const fault = redirectUriFault(text);
  return fault ?? (text.startsWith("https://") ? undefined : "must begin with https://");
}

/** The target of such a URI in words that people understand: a host, this computer, or an app. */
export function placeOf(uri: string): string {
  const url = URL.parse(uri);
  if (url?.protocol === "https:") return url.host;
  return LOOPBACK.test(uri) ? "an app on this computer" : `the app ${uri.slice(0, uri.indexOf(":"))}`;
}
