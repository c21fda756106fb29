/**
 * The service's cookies: for this host only, unreadable by scripts, not sent with other sites' POST requests. Over TLS
 * their names begin with `__Host-`, so no other host of the domain can set them (RFC 6265bis section 4.1.3.2).
 */
import { parse } from "hono/utils/cookie";

/** A Call satisfies this interface. */
export interface Cookies {
  cookie(name: string): string | undefined;
}

/** The cookies of a request that is not a Call. */
export function cookiesOf(request: Request): Cookies {
  const cookies = parse(request.headers.get("Cookie") ?? "");
  return { cookie: (name) => (Object.hasOwn(cookies, name) ? cookies[name] : undefined) };
}

export function cookieName(name: string, origin: string): string {
  return isSecure(origin) ? `__Host-${name}` : name;
}

/** A `Set-Cookie` value; a maximum age of zero deletes the cookie. `value` must not need escaping. */
export function cookieHeader(name: string, value: string, origin: string, maxAgeSeconds: number): string {
  const secure = isSecure(origin) ? "; Secure" : "";
  return `${cookieName(name, origin)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`;
}

function isSecure(origin: string): boolean {
  return origin.startsWith("https://");
}
