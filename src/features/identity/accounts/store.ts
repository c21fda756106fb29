/**
 * People's accounts and everything that gives access to them. Returns statements where a write is part of a larger
 * batch.
 */
import { and, eq, isNotNull, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import type { Role } from "#core/contract/principal.ts";
import { type Guard, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { credentials, passkeys } from "#schema/credentials.ts";
import { mailTokens } from "#schema/mail.ts";
import { oauthArtifacts } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";
import { revocationOf } from "../revocations/revocation.ts";
import { revocationStatements } from "../revocations/store.ts";
import { endSignInsOf } from "../sign-ins/store.ts";
import type { AccountWithPassword } from "./account.ts";

type Statement = BatchItem<"sqlite">;

const FORGOTTEN_NAME = "deleted";

const accountColumns = {
  id: users.id,
  email: users.email,
  name: users.name,
  role: users.role,
  emailVerifiedAt: users.emailVerifiedAt,
  credentialVersion: users.credentialVersion,
};

const isPerson = and(eq(users.kind, "person"), isNull(users.deletedAt));

export interface NewAccount {
  readonly id: string;
  /** Normalized. */
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** A PHC string; undefined: no log-in by password until one is set by mail. */
  readonly passwordHash: string | undefined;
  /** Epoch ms. */
  readonly emailVerifiedAt: number | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/** Undefined if there is no account, or it was deleted. */
export async function findAccount(database: Database, id: string): Promise<AccountWithPassword | undefined> {
  return find(database, eq(users.id, id));
}

/** Holds while the account exists, whether it belongs to a person or a service client. */
export function isAccount(id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${users} WHERE ${and(eq(users.id, id), isNull(users.deletedAt))})`;
}

/** Expects the normalized address. */
export async function findAccountByEmail(database: Database, email: string): Promise<AccountWithPassword | undefined> {
  return find(database, eq(users.email, email));
}

async function find(database: Database, condition: SQL): Promise<AccountWithPassword | undefined> {
  const [row] = await database.orm
    .select({ ...accountColumns, passwordHash: credentials.passwordHash })
    .from(users)
    .leftJoin(credentials, eq(credentials.userId, users.id))
    .where(and(condition, isPerson))
    .limit(1);
  return (
    row && { ...row, emailVerifiedAt: row.emailVerifiedAt ?? undefined, passwordHash: row.passwordHash ?? undefined }
  );
}

/** The batch fails if the address is taken. */
export function createAccountStatements(
  database: Database,
  { id, email, name, role, passwordHash, emailVerifiedAt, now }: NewAccount,
): [Statement, ...Statement[]] {
  const user = { id, email, name, role, emailVerifiedAt: emailVerifiedAt ?? null, createdAt: now, updatedAt: now };
  const inserted = database.orm.insert(users).values(user);
  if (passwordHash === undefined) return [inserted];
  return [inserted, setPassword(database, id, passwordHash, now)];
}

/**
 * Signs a person up. If there is no account, it creates one. If the account is unconfirmed, it gets the new name and
 * password. A confirmed account stays unchanged. The batch has the same statements in each case.
 */
export function signUpStatements(
  database: Database,
  { id, email, name, passwordHash, now }: Pick<NewAccount, "id" | "email" | "name" | "now"> & { passwordHash: string },
  link: { readonly tokenHash: string; readonly expiresAt: number },
): [Statement, ...Statement[]] {
  const { orm } = database;
  const unconfirmed = and(eq(users.email, email), isNull(users.emailVerifiedAt), isPerson);
  const unconfirmedId = sql`(SELECT ${users.id} FROM ${users} WHERE ${unconfirmed})`;
  return [
    orm
      .insert(users)
      .values({ id, email, name, role: "customer", createdAt: now, updatedAt: now })
      .onConflictDoNothing({ target: users.email }),
    orm
      .update(users)
      .set({ name, version: sql`${users.version} + 1`, updatedAt: now })
      .where(and(unconfirmed, ne(users.id, id))),
    orm
      .insert(credentials)
      .select(sql`SELECT ${users.id}, ${passwordHash}, ${now} FROM ${users} WHERE ${unconfirmed}`)
      .onConflictDoUpdate({ target: credentials.userId, set: { passwordHash, changedAt: now } }),
    orm.delete(mailTokens).where(eq(mailTokens.userId, unconfirmedId)),
    orm
      .insert(mailTokens)
      .select(
        sql`SELECT ${link.tokenHash}, ${users.id}, 'verify-email', ${users.email}, ${link.expiresAt}, NULL FROM ${users} WHERE ${unconfirmed}`,
      ),
  ];
}

export function setPassword(database: Database, userId: string, passwordHash: string, now: number): Statement {
  return database.orm
    .insert(credentials)
    .values({ userId, passwordHash, changedAt: now })
    .onConflictDoUpdate({ target: credentials.userId, set: { passwordHash, changedAt: now } });
}

/** Rehashes the same password. It changes nothing else, and keeps a password that was set in the meantime. */
export async function replaceHash(database: Database, userId: string, former: string, hash: string): Promise<void> {
  const replaced = database.orm
    .update(credentials)
    .set({ passwordHash: hash })
    .where(and(eq(credentials.userId, userId), eq(credentials.passwordHash, former)));
  await housekeep(database, [replaced]);
}

/** Marks the address as confirmed. The account's representation does not change. */
export function verifyEmailStatement(database: Database, userId: string, now: number): Statement {
  return database.orm
    .update(users)
    .set({ emailVerifiedAt: now })
    .where(and(eq(users.id, userId), isNull(users.emailVerifiedAt)));
}

/** Holds while the account exists and its password is still the one that was verified. */
export function hasPassword(userId: string, passwordHash: string): Guard {
  const proved = and(eq(credentials.userId, userId), eq(credentials.passwordHash, passwordHash));
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${credentials} INNER JOIN ${users} ON ${users.id} = ${credentials.userId} WHERE ${and(proved, isNull(users.deletedAt))})`,
    refusal: (cause) => problem("unauthorized", { detail: "The password has been changed in the meantime.", cause }),
  };
}

/**
 * Ends everything that the account is signed in to: grants, access tokens, and browsers except the one whose sign-in
 * hash is `keepSignIn`. Access tokens end everywhere within seconds; call `noteRevoked` with the account's revocation
 * to end them in this isolate at once. Part of a password change, which locks out every holder of the old password.
 * `now` is epoch ms.
 */
export function revokeAccountStatements(
  database: Database,
  userId: string,
  now: number,
  keepSignIn?: string,
): [Statement, ...Statement[]] {
  return [
    endSignInsOf(database, userId, keepSignIn),
    database.orm.delete(oauthArtifacts).where(eq(oauthArtifacts.accountId, userId)),
    ...revocationStatements(database, [revocationOf("account", userId, now)]),
  ];
}

/**
 * Removes everything that gives access to the account; part of the account's deletion. API keys stay as tombstones
 * without their names. `now` is epoch ms.
 */
export function forgetAccountStatements(database: Database, userId: string, now: number): [Statement, ...Statement[]] {
  const { orm } = database;
  return [
    ...revokeAccountStatements(database, userId, now),
    orm.delete(credentials).where(eq(credentials.userId, userId)),
    orm.delete(passkeys).where(eq(passkeys.userId, userId)),
    orm.delete(mailTokens).where(eq(mailTokens.userId, userId)),
    orm
      .update(apiKeys)
      .set({ previousSecretHash: null, deletedAt: now, updatedAt: now, version: sql`${apiKeys.version} + 1` })
      .where(and(eq(apiKeys.userId, userId), isNull(apiKeys.deletedAt))),
    orm
      .update(apiKeys)
      .set({ name: FORGOTTEN_NAME })
      .where(and(eq(apiKeys.userId, userId), isNotNull(apiKeys.deletedAt))),
  ];
}
