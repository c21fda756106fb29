/**
 * Passkeys belong to a host's name (Web Authentication section 5.1.2), and a local server is printed as an address. A page
 * that is opened under the address leads to the same page under `localhost`. A deployment has a name already.
 */
import type { EndpointCall } from "#core/contract/endpoint.ts";
import { isLoopback } from "#core/http/loopback.ts";
import { readSignIn } from "#features/identity/sign-ins/sign-in.ts";

const NAME = "localhost";

/**
 * Which requests for a page are led to the host's name: "all", or "browsers" only, for pages that programs use on either
 * host.
 */
export type LedToName = "all" | "browsers";

/**
 * The URL of the page under the host's name; undefined where the request may stay. A browser that is logged in under the
 * address stays there: cookies belong to one host, and it would be logged out.
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

/** The page of the account under the host's name. */
export function accountUnderName(origin: string): string {
  const named = new URL("/account", origin);
  named.hostname = NAME;
  return named.href;
}
