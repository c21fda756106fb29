/** Accounts for tests and the mails sent to them. */

import { env } from "cloudflare:workers";
import { makeId } from "#core/contract/identifier.ts";
import { housekeep } from "#core/data/commit.ts";
import type { Account } from "#features/identity/accounts/account.ts";
import { createAccountStatements } from "#features/identity/accounts/store.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import { hashPassword } from "#features/identity/passwords/password.ts";
import type { TestContext } from "../../../support/request-context.ts";

export const PASSWORD = "correct-horse-battery-staple";

export async function createPerson(
  context: TestContext,
  email: string,
  changes: Partial<Account> = {},
): Promise<Account> {
  const account: Account = {
    id: makeId("user", context.now, context.randomBytes(10)),
    email,
    name: "Somebody",
    role: "customer",
    emailVerifiedAt: context.now,
    credentialVersion: 1,
    ...changes,
  };
  const passwordHash = await hashPassword(PASSWORD, context.randomBytes);
  await housekeep(
    context.database,
    createAccountStatements(context.database, { ...account, passwordHash, now: context.now }),
  );
  return account;
}

/** The mails to the address, newest first. */
export async function mailsTo(
  context: TestContext,
  email: string,
): Promise<{ subject: string; token: string | undefined }[]> {
  await context.settle();
  const mails = (await readMailbox(context.database)).filter(({ recipient }) => recipient === email);
  return mails.map(({ subject, content }) => ({
    subject,
    token: /\/(?:reset|verify)\/([A-Za-z0-9_-]{43})$/m.exec(content)?.[1],
  }));
}

export async function countRows(query: string, ...values: unknown[]): Promise<number | null> {
  return env.DB.prepare(`SELECT count(*) AS count FROM ${query}`)
    .bind(...values)
    .first<number>("count");
}
