/**
 * The URL that a proof is for, compared after normalization by syntax and scheme (RFC 9449 section 4.3, RFC 3986
 * sections 6.2.2 and 6.2.3). Query and fragment are ignored. Pure.
 */

/** Octets whose meaning does not depend on percent-encoding (RFC 3986 section 2.3). */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;

/** The normal form of `htu`. Undefined if it is not an absolute http URL, or contains user information. */
export function normalTarget(text: string): string | undefined {
  if (!/^https?:\/\/[\x21-\x7e]+$/i.test(text) || text.includes("\\")) return undefined;
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  return `${url.origin}${normalPath(url.pathname)}`;
}

/** The normal form of a request's target: the service's origin as clients see it, and the requested path. */
export function requestTarget(origin: string, requestUrl: string): string {
  return `${origin}${normalPath(new URL(requestUrl).pathname)}`;
}

function normalPath(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (escaped) => {
    const octet = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return UNRESERVED.test(octet) ? octet : escaped.toUpperCase();
  });
}
