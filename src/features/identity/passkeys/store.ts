/** Storage of passkeys, and of used challenges. */
import { and, asc, eq, isNull, lte, notInArray, sql } from "drizzle-orm";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit, type Guard, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { passkeys, spentChallenges } from "#schema/credentials.ts";
import { users } from "#schema/users.ts";
import type { Account } from "../accounts/account.ts";
import { CEREMONY_MS } from "./relying-party.ts";

export interface Passkey {
  /** The credential's id, in base64url. */
  readonly id: string;
  readonly name: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms. */
  readonly lastUsedAt: number | undefined;
}

export interface PasskeyCredential {
  readonly id: string;
  /** COSE, in base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
}

const credentialColumns = {
  id: passkeys.id,
  publicKey: passkeys.publicKey,
  counter: passkeys.counter,
  transports: passkeys.transports,
};

/** Oldest first. */
export async function listPasskeys(database: Database, userId: string): Promise<readonly Passkey[]> {
  const rows = await database.orm
    .select({
      id: passkeys.id,
      name: passkeys.name,
      createdAt: passkeys.createdAt,
      lastUsedAt: passkeys.lastUsedAt,
    })
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id));
  return rows.map((row) => ({ ...row, lastUsedAt: row.lastUsedAt ?? undefined }));
}

/** What a browser needs to recognize the account's passkeys. */
export async function listCredentials(database: Database, userId: string): Promise<readonly PasskeyCredential[]> {
  return database.orm.select(credentialColumns).from(passkeys).where(eq(passkeys.userId, userId));
}

/** The credential with that id, and its account; undefined if there is none, or the account was deleted. */
export async function findCredential(
  database: Database,
  id: string,
): Promise<{ readonly credential: PasskeyCredential; readonly account: Account } | undefined> {
  const [row] = await database.orm
    .select({
      credential: credentialColumns,
      account: {
        id: users.id,
        email: users.email,
        name: users.name,
        role: users.role,
        emailVerifiedAt: users.emailVerifiedAt,
        credentialVersion: users.credentialVersion,
      },
    })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(and(eq(passkeys.id, id), isNull(users.deletedAt)));
  if (row === undefined) return undefined;
  const { credential, account } = row;
  return { credential, account: { ...account, emailVerifiedAt: account.emailVerifiedAt ?? undefined } };
}

export function insertPasskey(
  database: Database,
  userId: string,
  { id, publicKey, counter, transports }: PasskeyCredential,
  name: string,
  now: number,
) {
  return database.orm.insert(passkeys).values({ id, userId, publicKey, counter, transports, name, createdAt: now });
}

/** Records a use. `counter` is the authenticator's current counter. */
export function noteUse(database: Database, id: string, counter: number, now: number) {
  return database.orm.update(passkeys).set({ counter, lastUsedAt: now }).where(eq(passkeys.id, id));
}

/** Removes one of the account's passkeys. False if the account has none with that id. */
export async function removePasskey({ database }: RequestContext, account: Account, id: string): Promise<boolean> {
  const own = and(eq(passkeys.id, id), eq(passkeys.userId, account.id));
  const [found] = await database.orm.select({ id: passkeys.id }).from(passkeys).where(own);
  if (found === undefined) return false;
  await commit(database, { guards: [], statements: [database.orm.delete(passkeys).where(own)] });
  return true;
}

/** Removes all of an account's passkeys except those whose ids are in `keep` (at most ten). */
export function removePasskeysOf(database: Database, userId: string, keep: readonly string[]) {
  const others = keep.length === 0 ? undefined : notInArray(passkeys.id, [...keep]);
  return database.orm.delete(passkeys).where(and(eq(passkeys.userId, userId), others));
}

/** Holds while the account exists and has fewer than `most` passkeys. */
export function hasRoom(userId: string, most: number): Guard {
  const present = and(eq(users.id, userId), isNull(users.deletedAt));
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${users} WHERE ${present}) AND (SELECT count(*) FROM ${passkeys} WHERE ${eq(passkeys.userId, userId)}) < ${most}`,
    refusal: (cause) => problem("conflict", { detail: `An account can have at most ${most} passkeys.`, cause }),
  };
}

export function isNew(id: string): Guard {
  return {
    condition: sql`NOT EXISTS (SELECT 1 FROM ${passkeys} WHERE ${eq(passkeys.id, id)})`,
    refusal: (cause) => problem("conflict", { detail: "This passkey is already registered.", cause }),
  };
}

/** Holds while the passkey exists and its counter has not changed, so a replayed response is refused. */
export function isAtCounter(id: string, counter: number): Guard {
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${passkeys} WHERE ${and(eq(passkeys.id, id), eq(passkeys.counter, counter))})`,
    refusal: (cause) => problem("unauthorized", { detail: "The passkey has been used in the meantime.", cause }),
  };
}

/** Holds while the challenge is unused. */
export function isUnspent(challengeHash: string): Guard {
  return {
    condition: sql`NOT EXISTS (SELECT 1 FROM ${spentChallenges} WHERE ${eq(spentChallenges.challengeHash, challengeHash)})`,
    refusal: (cause) => problem("unauthorized", { detail: "The challenge was already used.", cause }),
  };
}

/** Stored for as long as the challenge could be valid. */
export function spendChallenge(database: Database, challengeHash: string, now: number) {
  return database.orm.insert(spentChallenges).values({ challengeHash, expiresAt: now + CEREMONY_MS });
}

export function dropExpiredChallenges(database: Database, now: number) {
  return housekeep(database, [database.orm.delete(spentChallenges).where(lte(spentChallenges.expiresAt, now))]);
}
