/**
 * A person's sign-in in one browser, identified by a cookie of 256 random bits of which only the hash is stored. It
 * lasts at most seven days, and a new sign-in never reuses an old cookie.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import type { Account, LoggedIn } from "../accounts/account.ts";
import { notePrincipal } from "../log-fields.ts";
import { type Cookies, cookieHeader, cookieName } from "./cookies.ts";
import { hashOfToken, makeSecretToken } from "./secret-token.ts";
import { deleteSignIn, findSignIn, insertSignIn, type SignIn } from "./store.ts";

export type { SignIn } from "./store.ts";

const NAME = "sluice_sign_in";
const LIFETIME_SECONDS = 7 * 24 * 60 * 60;

/** The result of a log-in, to create a sign-in from. */
export interface Proved {
  readonly account: Account;
  readonly methods: readonly string[];
  /** Guards that must still hold when the sign-in is written. */
  readonly holding?: LoggedIn["holding"];
}

export function signInCookieName(origin: string): string {
  return cookieName(NAME, origin);
}

/** The hash under which this browser's sign-in is stored, valid or not; undefined without the cookie. */
export function signInHash(call: Pick<RequestContext, "origin"> & Cookies): Promise<string | undefined> {
  return hashOfToken(call.cookie(signInCookieName(call.origin)));
}

/** The sign-in of this browser. One read; none without a cookie. */
export async function readSignIn(call: RequestContext & Cookies): Promise<SignIn | undefined> {
  const idHash = await signInHash(call);
  const signIn = idHash === undefined ? undefined : await findSignIn(call.database, idHash, call.now);
  if (signIn !== undefined) notePrincipal(call.log, signIn.account);
  return signIn;
}

/**
 * Signs the browser in, and ends its former sign-in.
 *
 * @throws unauthorized if the proof no longer holds
 */
export async function startSignIn(
  call: RequestContext & Cookies,
  { account, methods, holding = [] }: Proved,
): Promise<{ readonly signIn: SignIn; readonly cookie: string }> {
  const { database, now, origin } = call;
  notePrincipal(call.log, account);
  const { token, hash } = await makeSecretToken(call.randomBytes);
  const former = await signInHash(call);
  const expiresAt = now + LIFETIME_SECONDS * 1000;
  const signIn: SignIn = { idHash: hash, account, methods, authenticatedAt: now, expiresAt };
  await commit(database, {
    guards: holding,
    statements: [insertSignIn(database, signIn), ...(former === undefined ? [] : [deleteSignIn(database, former)])],
  });
  return { signIn, cookie: cookieHeader(NAME, token, origin, LIFETIME_SECONDS) };
}

/** Signs the browser out. */
export async function endSignIn(call: RequestContext & Cookies): Promise<{ readonly cookie: string }> {
  // Read for the log line, which names the account.
  await readSignIn(call);
  const idHash = await signInHash(call);
  if (idHash !== undefined) {
    await commit(call.database, { guards: [], statements: [deleteSignIn(call.database, idHash)] });
  }
  return { cookie: cookieHeader(NAME, "", call.origin, 0) };
}
