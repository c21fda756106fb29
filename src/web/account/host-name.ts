/**
 * Redirects pages of a local server from its IP address to `localhost`, because passkeys need a host name (Web
 * Authentication section 5.1.2). A deployment always has a host name.
 */
import type { EndpointCall } from "#core/contract/endpoint.ts";
import { isLoopback } from "#core/http/loopback.ts";
import { readSignIn } from "#features/identity/sign-ins/sign-in.ts";

const NAME = "localhost";

/**
 * Which requests for a page are redirected to the host name. "browsers" is for pages that programs also use, on either
 * host.
 */
export type LedToName = "all" | "browsers";

/**
 * The URL of the page on the host name, or undefined if the request needs no redirect. A browser that is signed in on the
 * IP address stays there: cookies belong to one host, so a redirect would sign it out.
 */
export async function urlUnderName(call: EndpointCall, led: LedToName): Promise<string | undefined> {
  const { settings, url } = call;
  if (settings.environment !== "local" || settings.publicOrigin !== undefined) return undefined;
  if (url.protocol !== "http:" || !isLoopback(url.hostname) || url.hostname === NAME) return undefined;
  if (led === "browsers" && call.header("Sec-Fetch-Mode") !== "navigate") return undefined;
  if ((await readSignIn(call)) !== undefined) return undefined;
  const named = new URL(url);
  named.hostname = NAME;
  return named.href;
}

/** The URL of the account page on the host name. */
export function accountUnderName(origin: string): string {
  const named = new URL("/account", origin);
  named.hostname = NAME;
  return named.href;
}
