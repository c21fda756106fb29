/**
 * Checks that a form was sent from a page of this service. Its hidden token must belong to the browser's cookie, and
 * the browser must not report another site. Refuses a form without a token, or with one of another browser or
 * deployment.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { fromBase64url, toBase64url } from "#core/http/base64url.ts";
import { problem } from "#core/http/problem.ts";
import { readBrowser } from "./browser.ts";
import type { Cookies } from "./cookies.ts";
import { isKeyedHash, keyedHash } from "./keyed-hash.ts";
import { isSecretToken } from "./secret-token.ts";

const PURPOSE = "csrf";

/** The value of a form's hidden field. It is the same in every page of one browser. */
export async function csrfToken(secret: string, browserId: string): Promise<string> {
  return toBase64url(await keyedHash(secret, PURPOSE, browserId));
}

/** @throws forbidden if the form was not sent from a page of this service in this browser */
export async function checkCsrf(call: RequestContext & Cookies, token: string | undefined): Promise<void> {
  const { id, cookie } = readBrowser(call);
  const isOwn =
    cookie === undefined &&
    token !== undefined &&
    isSecretToken(token) &&
    (await isKeyedHash(call.settings.secret, PURPOSE, id, fromBase64url(token)));
  if (!isOwn) throw refused();
}

/**
 * Checks the origin of the form that the browser reports, by Fetch Metadata or else by `Origin`. Clients other than
 * browsers report none.
 *
 * @throws forbidden if it is another site, or a document without an origin
 */
export function checkSameOrigin(headers: Pick<Headers, "get">, origin: string): void {
  const site = headers.get("Sec-Fetch-Site");
  const sender = headers.get("Origin");
  const isOwn = site === null ? sender === null || sender === origin : site === "same-origin" || site === "none";
  if (!isOwn) throw refused();
}

function refused() {
  return problem("forbidden", {
    detail: "The form was not sent from a page of this service, or the page is too old. Reload the page and try again.",
  });
}
