/**
 * A person confirms that the address of a new account is theirs. It takes both the mailbox and the password that was
 * chosen: so nobody gains by signing up with the address of somebody else, who might open the link.
 */
import type { Surroundings } from "#core/contract/doors.ts";
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
  /** Of the link in the mail. */
  readonly token: string;
  /** The one chosen at sign-up. */
  readonly password: string;
  /** What the challenge's widget gave, where it was shown. */
  readonly challenge?: string | undefined;
}

/**
 * Confirms the address. A wrong password does not use the link up.
 *
 * @throws not-found where the link has expired or was used
 * @throws service-unavailable where attempts cannot be counted, or a challenge not be checked
 */
export async function verifyEmail(
  { token, password, challenge }: Verification,
  surroundings: Surroundings,
): Promise<LoggedIn | Refusal> {
  const link = await requireLink(token, "verify-email", surroundings);
  const gate = await gateLogIn(surroundings, { email: link.email, challenge });
  if (gate.outcome !== "open") return gate;
  const { database, now } = surroundings;
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
