/** The SQL about OAuth clients as admins see them. The authorization server has its own queries on the same table. */
import { eq, sql } from "drizzle-orm";
import { isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { oauthArtifacts, oauthClients } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";

export { oauthClients };

/** A secret that replaces the present one. Times are epoch milliseconds. */
export interface Rotation {
  readonly secretHash: string;
  readonly previousSecretExpiresAt: number;
  readonly version: number;
  readonly updatedAt: number;
}

/** Inserts the account of a client that acts for itself. */
export function insertServiceAccount(database: Database, account: Omit<typeof users.$inferInsert, "kind">) {
  return database.orm.insert(users).values({ ...account, kind: "service" });
}

/** Deletes the account when its client is deleted. */
export function endServiceAccount(database: Database, id: string, now: number) {
  return database.orm
    .update(users)
    .set({ deletedAt: now, updatedAt: now, version: sql`${users.version} + 1` })
    .where(isPresent(users, id));
}

/** Removes what the authorization server stores for the client: codes, tokens, grants and device codes. */
export function forgetArtifacts(database: Database, clientId: string) {
  return database.orm.delete(oauthArtifacts).where(eq(oauthArtifacts.clientId, clientId));
}

export function rotateSecret(database: Database, id: string, rotation: Rotation) {
  return database.orm
    .update(oauthClients)
    .set({ ...rotation, previousSecretHash: sql`${oauthClients.secretHash}` })
    .where(eq(oauthClients.id, id));
}
