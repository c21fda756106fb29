/**
 * A person who forgot the password sets a new one through a link in a mail. Neither the response nor its timing reveals
 * whether the account exists. A new password ends everything that the old one authorized.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { forgive, gateMail } from "../attempts/gate.ts";
import { makeLink, requireLink, requireLinkOrigin } from "../mail/links.ts";
import { type Mailer, mailerOf } from "../mail/mailer.ts";
import { insertLink, isUsable, useLink } from "../mail/store.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { resetMail } from "../mail/texts.ts";
import { hashPassword } from "../passwords/password.ts";
import { type PasswordFault, passwordFault } from "../passwords/rules.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import type { Account } from "./account.ts";
import { emailKey } from "./email.ts";
import { countEnded, endOtherWays, KEEP_NONE, type KeptWays, listOtherWays } from "./other-ways.ts";
import {
  findAccount,
  findAccountByEmail,
  revokeAccountStatements,
  setPassword,
  verifyEmailStatement,
} from "./store.ts";

export type Requested = { readonly outcome: "mailed" } | { readonly outcome: "wait"; readonly seconds: number };

/**
 * Sends a link to the address if it has an account.
 *
 * @throws service-unavailable while no origin is configured for links, or if mails cannot be counted
 */
export async function requestReset({ email }: { readonly email: string }, context: RequestContext): Promise<Requested> {
  requireLinkOrigin(context);
  const address = emailKey(email);
  const gate = await gateMail(context, "reset", address);
  if (gate.outcome !== "open") return gate;
  context.defer(sendLink(address, mailerOf(context), context));
  return { outcome: "mailed" };
}

async function sendLink(address: string, mailer: Mailer, context: RequestContext): Promise<void> {
  const { database } = context;
  const account = await findAccountByEmail(database, address);
  if (account === undefined) return;
  const { url, tokenHash, expiresAt } = await makeLink("reset-password", context);
  const link = { tokenHash, userId: account.id, purpose: "reset-password" as const, email: address, expiresAt };
  await commit(database, { guards: [], statements: insertLink(database, link) });
  await mailer.send(resetMail(address, url));
}

export type PasswordSet =
  | { readonly outcome: "done"; readonly account: Account }
  | { readonly outcome: "weak"; readonly fault: PasswordFault };

export interface NewPassword {
  /** The token of the link in the mail. */
  readonly token: string;
  readonly password: string;
  /** Default: none. */
  readonly keep?: KeptWays;
}

/**
 * Sets the password, confirms the address, and ends all other access to the account. Sign-ins, grants, tokens and links
 * always end. Passkeys and API keys are removed unless the person keeps them.
 *
 * @throws not-found if the link has expired or was used
 */
export async function resetPassword(
  { token, password, keep = KEEP_NONE }: NewPassword,
  context: RequestContext,
): Promise<PasswordSet> {
  const link = await requireLink(token, "reset-password", context);
  const { userId, email } = link;
  const fault = await passwordFault(password, email);
  if (fault !== undefined) return { outcome: "weak", fault };
  const { database, now } = context;
  const [passwordHash, ways] = await Promise.all([
    hashPassword(password, context.randomBytes),
    listOtherWays(database, userId, now),
  ]);
  await commit(database, {
    guards: [isUsable(link, now)],
    statements: [
      ...useLink(database, link, now),
      setPassword(database, userId, passwordHash, now),
      verifyEmailStatement(database, userId, now),
      ...revokeAccountStatements(database, userId, now),
      ...endOtherWays(database, userId, keep, now),
    ],
  });
  noteRevoked([revocationOf("account", userId, now)]);
  tellOwner(context, { email }, { kind: "password-reset", ...countEnded(ways, keep) });
  context.defer(forgive(context, email));
  const account = await findAccount(database, userId);
  if (account === undefined) throw problem("not-found");
  const { passwordHash: _, ...shown } = account;
  return { outcome: "done", account: shown };
}
