/** What is stored of API keys, as far as it takes to know one by its hash. */
import { and, eq, isNull, lt, or, sql } from "drizzle-orm";
import { housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { users } from "#schema/users.ts";

/** A key with whose it is. Times are epoch milliseconds. */
export type PresentedKey = Awaited<ReturnType<typeof findPresentedKey>> & object;

/** The key of that hash, present or previous. Undefined where there is none, where it is revoked, and without an owner. */
export async function findPresentedKey(database: Database, hash: string) {
  const [row] = await database.orm
    .select({
      id: apiKeys.id,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      lastUsedOn: apiKeys.lastUsedOn,
      isPrevious: sql<number>`${apiKeys.secretHash} <> ${hash}`,
      previousSecretExpiresAt: apiKeys.previousSecretExpiresAt,
      ownerId: users.id,
      role: users.role,
      plan: users.plan,
      kind: users.kind,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(
      and(
        or(eq(apiKeys.secretHash, hash), eq(apiKeys.previousSecretHash, hash)),
        isNull(apiKeys.deletedAt),
        isNull(users.deletedAt),
      ),
    )
    .limit(1);
  return row;
}

/**
 * Notes that the key was used on that day, such as 2026-01-31. Of several requests that note it at once one does, and a
 * day is never followed by an earlier one. It is a change of the key as its owner sees it.
 */
export async function noteUse(database: Database, id: string, day: string, now: number): Promise<void> {
  const noted = database.orm
    .update(apiKeys)
    .set({
      lastUsedOn: day,
      version: sql`${apiKeys.version} + 1`,
      updatedAt: sql`max(${apiKeys.updatedAt}, ${now})`,
    })
    .where(
      and(eq(apiKeys.id, id), isNull(apiKeys.deletedAt), or(isNull(apiKeys.lastUsedOn), lt(apiKeys.lastUsedOn, day))),
    );
  await housekeep(database, [noted]);
}
