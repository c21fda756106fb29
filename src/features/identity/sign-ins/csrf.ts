/**
 * That a form was sent from a page of ours: its hidden token belongs to the browser's cookie, and the browser does not
 * say that another site sent it. Refuses a form without a token, or with one of another browser or deployment.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { problem } from "#core/http/problem.ts";
import { readBrowser } from "./browser.ts";
import type { Cookies } from "./cookies.ts";
import { isKeyedHash, keyedHash } from "./keyed-hash.ts";
import { isSecretToken } from "./secret-token.ts";

const PURPOSE = "csrf";

/** What a form's hidden field holds: the same in each page of one browser. */
export async function csrfToken(secret: string, browserId: string): Promise<string> {
  return (await keyedHash(secret, PURPOSE, browserId)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @throws forbidden for a form that no page of ours in this browser has sent */
export async function checkCsrf(call: Surroundings & Cookies, token: string | undefined): Promise<void> {
  const { id, cookie } = readBrowser(call);
  const isOwn =
    cookie === undefined &&
    token !== undefined &&
    isSecretToken(token) &&
    (await isKeyedHash(call.settings.secret, PURPOSE, id, Uint8Array.fromBase64(token, { alphabet: "base64url" })));
  if (!isOwn) throw refused();
}

/**
 * What the browser says of where the form comes from, by Fetch Metadata or else by `Origin`. Clients that are no browsers
 * say nothing.
 *
 * @throws forbidden where it is another site, or a document without an origin
 */
export function checkSameOrigin(headers: Pick<Headers, "get">, origin: string): void {
  const site = headers.get("Sec-Fetch-Site");
  const sender = headers.get("Origin");
  const isOwn = site === null ? sender === null || sender === origin : site === "same-origin" || site === "none";
  if (!isOwn) throw refused();
}

function refused() {
  return problem("forbidden", { detail: "The form was not sent from a page of this service, or the page is too old." });
}
