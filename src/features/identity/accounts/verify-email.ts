/**
 * A person confirms the address of a new account. This needs both the mailbox and the password chosen at sign-up. An
 * attacker who signs up with another person's address therefore gains nothing when that person opens the link.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import { gateLogIn } from "../attempts/gate.ts";
import { requireLink } from "../mail/links.ts";
import { isUsable, useLink } from "../mail/store.ts";
import { verifyPassword } from "../passwords/password.ts";
import type { LoggedIn } from "./account.ts";
import { loggedIn } from "./log-in.ts";
import type { Refusal } from "./refusal.ts";
import { findAccount, hasPassword, verifyEmailStatement } from "./store.ts";

export interface Verification {
  /** The token of the link in the mail. */
  readonly token: string;
  /** The password chosen at sign-up. */
  readonly password: string;
  /** The response of the challenge widget, if the page showed one. */
  readonly challenge?: string | undefined;
}

/**
 * Confirms the address. A wrong password does not use up the link.
 *
 * @throws not-found if the link has expired or was used
 * @throws service-unavailable if attempts cannot be counted or the challenge cannot be checked
 */
export async function verifyEmail(
  { token, password, challenge }: Verification,
  context: RequestContext,
): Promise<LoggedIn | Refusal> {
  const link = await requireLink(token, "verify-email", context);
  const gate = await gateLogIn(context, { email: link.email, challenge });
  if (gate.outcome !== "open") return gate;
  const { database, now } = context;
  const account = await findAccount(database, link.userId);
  const isRight = await verifyPassword(password, account?.passwordHash);
  if (!isRight || account?.passwordHash === undefined) return { outcome: "wrong" };
  await commit(database, {
    guards: [isUsable(link, now), hasPassword(account.id, account.passwordHash)],
    statements: [...useLink(database, link, now), verifyEmailStatement(database, account.id, now)],
  });
  await gate.succeed();
  return loggedIn({ ...account, emailVerifiedAt: account.emailVerifiedAt ?? now }, account.passwordHash);
}
