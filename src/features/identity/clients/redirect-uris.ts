/**
 * The URIs of a client. People are sent only to what cannot be read or taken over on the way: https, a port of the
 * person's own machine, or a scheme that an app claims by a domain name (RFC 8252 section 7). These URIs are compared as
 * text, so that nothing in them is a pattern.
 */

export const MAX_REDIRECT_URI_CHARACTERS = 2000;

/** RFC 3986 without `#`, since a fragment never leaves the browser, and without `*`, which others take for a wildcard. */
const CHARACTERS = /^([A-Za-z0-9\-._~:/?[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+$/;
/** By number: a name could lead elsewhere (RFC 8252 section 8.3). Any other spelling of the number is refused. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(:[0-9]+)?([/?]|$)/;
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/;
/** An `@` in the authority, also where nothing stands before it. */
const USER_INFO = /^[a-z][a-z0-9.+-]*:\/\/[^/?]*@/;

/** What such a URI must be that it is not, as a predicate; undefined where nothing is wrong. */
export function redirectUriFault(text: string): string | undefined {
  if (text.length > MAX_REDIRECT_URI_CHARACTERS) return `may have at most ${MAX_REDIRECT_URI_CHARACTERS} characters`;
  const url = CHARACTERS.test(text) ? URL.parse(text) : null;
  if (url === null) return "must be an absolute URI without fragment and wildcard";
  if (url.username !== "" || url.password !== "" || USER_INFO.test(text)) return "must not hold credentials";
  if (/^https:\/\/[^/?]/.test(text) || LOOPBACK.test(text) || PRIVATE_USE.test(text)) return undefined;
  return "must be https://, http://127.0.0.1 or http://[::1], or have a scheme such as com.example.app:";
}

/** What is wrong with the address of a page or a document of the client's, as a predicate. Nobody is sent there. */
export function webUriFault(text: string): string | undefined {
  const fault = redirectUriFault(text);
  return fault ?? (text.startsWith("https://") ? undefined : "must be https://");
}

/** Where such a URI leads, as a person knows the place: a host, this computer, or an app. */
export function placeOf(uri: string): string {
  const url = URL.parse(uri);
  if (url?.protocol === "https:") return url.host;
  return LOOPBACK.test(uri) ? "an app on this computer" : `the app ${uri.slice(0, uri.indexOf(":"))}`;
}
