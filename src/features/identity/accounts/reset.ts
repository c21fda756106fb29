/**
 * A person who has forgotten the password chooses a new one, by a link in a mail. Guarantees that asking for the mail
 * tells nothing about accounts, by answer or by time, and that a new password ends whatever the old one had begun.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { commit } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { forgive, gateMail } from "../attempts/gate.ts";
import { makeLink, requireLink } from "../mail/links.ts";
import { type Mailer, mailerOf } from "../mail/mailer.ts";
import { insertLink, isUsable, useLink } from "../mail/store.ts";
import { passwordChangedMail, resetMail } from "../mail/texts.ts";
import { hashPassword } from "../passwords/password.ts";
import { type PasswordFault, passwordFault } from "../passwords/rules.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import type { Account } from "./account.ts";
import { emailKey } from "./email.ts";
import {
  findAccount,
  findAccountByEmail,
  revokeAccountStatements,
  setPassword,
  verifyEmailStatement,
} from "./store.ts";

export type Requested = { readonly outcome: "mailed" } | { readonly outcome: "wait"; readonly seconds: number };

/** Sends a link to the address, where there is an account. @throws service-unavailable where mails cannot be counted */
export async function requestReset(
  { email }: { readonly email: string },
  surroundings: Surroundings,
): Promise<Requested> {
  const address = emailKey(email);
  const gate = await gateMail(surroundings, address);
  if (gate.outcome !== "open") return gate;
  surroundings.defer(sendLink(address, mailerOf(surroundings), surroundings));
  return { outcome: "mailed" };
}

async function sendLink(address: string, mailer: Mailer, surroundings: Surroundings): Promise<void> {
  const { database } = surroundings;
  const account = await findAccountByEmail(database, address);
  if (account === undefined) return;
  const { url, tokenHash, expiresAt } = await makeLink("reset-password", surroundings);
  const link = { tokenHash, userId: account.id, purpose: "reset-password" as const, email: address, expiresAt };
  await commit(database, { guards: [], statements: insertLink(database, link) });
  await mailer.send(resetMail(address, url));
}

export type PasswordSet =
  | { readonly outcome: "done"; readonly account: Account }
  | { readonly outcome: "weak"; readonly fault: PasswordFault };

/**
 * Sets the password, confirms the address, and ends all sign-ins, grants and tokens of the account.
 *
 * @throws not-found where the link has expired or was used
 */
export async function resetPassword(
  { token, password }: { readonly token: string; readonly password: string },
  surroundings: Surroundings,
): Promise<PasswordSet> {
  const link = await requireLink(token, "reset-password", surroundings);
  const fault = passwordFault(password, link.email);
  if (fault !== undefined) return { outcome: "weak", fault };
  const { database, now, origin } = surroundings;
  const mailer = mailerOf(surroundings);
  const passwordHash = await hashPassword(password, surroundings.randomBytes);
  await commit(database, {
    guards: [isUsable(link, now)],
    statements: [
      ...useLink(database, link, now),
      setPassword(database, link.userId, passwordHash, now),
      verifyEmailStatement(database, link.userId, now),
      ...revokeAccountStatements(database, link.userId, now),
    ],
  });
  noteRevoked([revocationOf("account", link.userId, now)]);
  surroundings.defer(
    Promise.all([mailer.send(passwordChangedMail(link.email, origin)), forgive(surroundings, link.email)]),
  );
  const account = await findAccount(database, link.userId);
  if (account === undefined) throw problem("not-found");
  const { passwordHash: _, ...shown } = account;
  return { outcome: "done", account: shown };
}
