/** All SQL about OAuth clients as admins see them. The authorization server reads the same table in its own room. */
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

/** A list of clients: in what order. */
export interface OauthClientList {
  readonly keys: readonly SortKey<SortName>[];
}

/** A secret that takes the place of the present one. Times are epoch milliseconds. */
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

/** The account of a client that acts for itself. */
export function insertServiceAccount(database: Database, account: Omit<typeof users.$inferInsert, "kind">) {
  return database.orm.insert(users).values({ ...account, kind: "service" });
}

/** Ends the account together with its client. */
export function endServiceAccount(database: Database, id: string, now: number) {
  return database.orm
    .update(users)
    .set({ deletedAt: now, updatedAt: now, version: sql`${users.version} + 1` })
    .where(isPresent(users, id));
}

/** Removes what the authorization server remembers of the client: codes, tokens, grants, device codes. */
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

/** The order that a list's sort keys ask for, made total by the id. */
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
