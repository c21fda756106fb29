/** Storage of browsers' sign-ins, by the hash of the cookie. */
import { and, eq, gt, isNull, lte, ne, sql } from "drizzle-orm";
import { type Guard, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { signIns } from "#schema/credentials.ts";
import { users } from "#schema/users.ts";
import type { Account } from "../accounts/account.ts";

export interface SignIn {
  readonly idHash: string;
  readonly account: Account;
  /** The methods of authentication, as RFC 8176 names them. */
  readonly methods: readonly string[];
  /** Epoch ms. */
  readonly authenticatedAt: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Undefined if the sign-in has ended, or the account was deleted. */
export async function findSignIn(database: Database, idHash: string, now: number): Promise<SignIn | undefined> {
  const [row] = await database.orm
    .select({
      methods: signIns.methods,
      authenticatedAt: signIns.authenticatedAt,
      expiresAt: signIns.expiresAt,
      id: users.id,
      email: users.email,
      name: users.name,
      role: users.role,
      emailVerifiedAt: users.emailVerifiedAt,
      credentialVersion: users.credentialVersion,
    })
    .from(signIns)
    .innerJoin(users, eq(users.id, signIns.userId))
    .where(and(eq(signIns.idHash, idHash), gt(signIns.expiresAt, now), isNull(users.deletedAt)));
  if (row === undefined) return undefined;
  const { methods, authenticatedAt, expiresAt, emailVerifiedAt, ...account } = row;
  return {
    idHash,
    account: { ...account, emailVerifiedAt: emailVerifiedAt ?? undefined },
    methods: methods.split(" "),
    authenticatedAt,
    expiresAt,
  };
}

export function insertSignIn(database: Database, { idHash, account, methods, authenticatedAt, expiresAt }: SignIn) {
  const row = { idHash, userId: account.id, methods: methods.join(" "), authenticatedAt, expiresAt };
  return database.orm.insert(signIns).values(row);
}

/** Holds while the sign-in is active. @throws unauthorized */
export function isSignedIn(idHash: string, now: number): Guard {
  const live = and(eq(signIns.idHash, idHash), gt(signIns.expiresAt, now));
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${signIns} WHERE ${live})`,
    refusal: (cause) => problem("unauthorized", { detail: "You were signed out. Sign in again.", cause }),
  };
}

export function deleteSignIn(database: Database, idHash: string) {
  return database.orm.delete(signIns).where(eq(signIns.idHash, idHash));
}

/** Ends all sign-ins of an account except the one whose hash is `keep`. */
export function endSignInsOf(database: Database, userId: string, keep?: string) {
  const others = keep === undefined ? undefined : ne(signIns.idHash, keep);
  return database.orm.delete(signIns).where(and(eq(signIns.userId, userId), others));
}

export function dropExpiredSignIns(database: Database, now: number) {
  return housekeep(database, [database.orm.delete(signIns).where(lte(signIns.expiresAt, now))]);
}
