/** The SQL about OAuth clients as admins see them. The authorization server has its own queries on the same table. */
import { and, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { generationColumns, isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { behind, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { oauthArtifacts, oauthClients } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";
import { OauthClientResource } from "./contract.ts";

export { oauthClients };

export type OauthClientRow = typeof oauthClients.$inferSelect;
export type SortName = "created_at" | "name";

/** A list of clients: its order. */
export interface OauthClientList {
  readonly keys: readonly SortKey<SortName>[];
}

/** A secret that replaces the present one. Times are epoch milliseconds. */
export interface Rotation {
  readonly secretHash: string;
  readonly previousSecretExpiresAt: number;
  readonly version: number;
  readonly updatedAt: number;
}

export async function findOauthClient(database: Database, id: string): Promise<OauthClientRow | undefined> {
  const [row] = await database.orm.select().from(oauthClients).where(isPresent(oauthClients, id)).limit(1);
  return row;
}

export function insertOauthClient(database: Database, row: typeof oauthClients.$inferInsert) {
  return database.orm.insert(oauthClients).values(row);
}

/** Inserts the account of a client that acts for itself. */
export function insertServiceAccount(database: Database, account: Omit<typeof users.$inferInsert, "kind">) {
  return database.orm.insert(users).values({ ...account, kind: "service" });
}

/** Ends the account when its client ends. */
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

/** One page of the list. */
export function pageQuery(database: Database, _list: OauthClientList, { order, after, limit }: Window) {
  return database.orm
    .select({ ...getTableColumns(oauthClients), ...generationColumns(OauthClientResource.collection) })
    .from(oauthClients)
    .where(and(isNull(oauthClients.deletedAt), after === undefined ? undefined : behind(order, after)))
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** The order of the list's sort keys, made total by the id. */
export function orderOf({ keys }: OauthClientList): SortTerm<OauthClientRow>[] {
  return totalOrder<SortName, OauthClientRow>(
    keys,
    {
      created_at: { column: oauthClients.createdAt, valueOf: (row) => row.createdAt },
      name: { column: oauthClients.name, valueOf: (row) => row.name },
    },
    { column: oauthClients.id, valueOf: (row) => row.id },
  );
}
