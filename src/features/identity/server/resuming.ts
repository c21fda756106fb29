/**
 * Identifies the browser that requests authorization, and whether it may continue an interaction. Refuses a browser
 * that did not start the interaction, and one without the sign-in that took its last step.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { browserHash, readBrowser } from "../sign-ins/browser.ts";
import type { Cookies } from "../sign-ins/cookies.ts";
import { hashOfToken } from "../sign-ins/secret-token.ts";
import { signInHash } from "../sign-ins/sign-in.ts";
import type { Exchange } from "./exchange.ts";
import { findResumable } from "./interactions.ts";

const UID = /^[A-Za-z0-9_-]{1,64}$/;

/** `cookie` is the `Set-Cookie` value for a browser that had none. */
export async function identifyBrowser(call: RequestContext & Cookies) {
  const { id, cookie } = readBrowser(call);
  return { hash: await hashOfToken(id), cookie };
}

/** Undefined if this browser has no such interaction. */
export async function resumedInteraction(call: RequestContext & Cookies, uid: string): Promise<Exchange["resumed"]> {
  if (!UID.test(uid)) return undefined;
  const [browser, signIn] = await Promise.all([browserHash(call), signInHash(call)]);
  const artifact = await findResumable(call, uid, { browser, signIn });
  return artifact === undefined ? undefined : { uid, artifact };
}
