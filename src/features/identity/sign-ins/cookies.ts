/**
 * Cookies of ours: for this host alone, unreadable by scripts, not sent with other sites' posts. Over TLS their names
 * begin with `__Host-`, so that no other host of the domain can set them (RFC 6265bis section 4.1.3.2).
 */
import { parse } from "hono/utils/cookie";

/** A Call is one. */
export interface Cookies {
  cookie(name: string): string | undefined;
}

/** The cookies of a request that is no Call. */
export function cookiesOf(request: Request): Cookies {
  const cookies = parse(request.headers.get("Cookie") ?? "");
  return { cookie: (name) => (Object.hasOwn(cookies, name) ? cookies[name] : undefined) };
}

export function cookieName(name: string, origin: string): string {
  return isSecure(origin) ? `__Host-${name}` : name;
}

/** A `Set-Cookie` value; an age of zero deletes the cookie. `value` is of characters that need no escape. */
export function cookieHeader(name: string, value: string, origin: string, maxAgeSeconds: number): string {
  const secure = isSecure(origin) ? "; Secure" : "";
  return `${cookieName(name, origin)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

function isSecure(origin: string): boolean {
  return origin.startsWith("https://");
}
