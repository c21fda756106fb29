/** The SQL about API keys as their owners see them. Only `identity/api-keys/store.ts` also queries their table. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { apiKeys } from "#schema/api-keys.ts";

export { apiKeys };

/** A secret that replaces the present one. Times are epoch milliseconds. */
export interface Rotation {
  readonly secretHash: string;
  readonly hint: string;
  readonly previousSecretExpiresAt: number;
  /** The client and the grant that receive the new secret. */
  readonly clientId: string | null;
  readonly grantId: string | null;
  readonly version: number;
  readonly updatedAt: number;
}

export function rotateSecret(database: Database, id: string, rotation: Rotation) {
  return database.orm
    .update(apiKeys)
    .set({
      ...rotation,
      previousSecretHash: sql`${apiKeys.secretHash}`,
      previousClientId: sql`${apiKeys.clientId}`,
      previousGrantId: sql`${apiKeys.grantId}`,
    })
    .where(eq(apiKeys.id, id));
}

/** Holds while the account has fewer keys than `most`. Revoked keys do not count. */
export function hasRoom(userId: string, most: number): SQL {
  return sql`(SELECT count(*) FROM ${apiKeys} WHERE ${and(eq(apiKeys.userId, userId), isNull(apiKeys.deletedAt))}) < ${most}`;
}
