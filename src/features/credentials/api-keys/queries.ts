/** The SQL about API keys as their owners see them. Only `identity/api-keys/store.ts` also queries their table. */
import { and, eq, getTableColumns, isNull, type SQL, sql } from "drizzle-orm";
import { generationColumns, isPresent, ownedBy } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Equalities, isOneOf } from "#core/data/equalities.ts";
import { behind, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { ApiKeyResource } from "./contract.ts";

export { apiKeys };

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type SortName = "created_at" | "name";

/** A list of keys: the readable ones, and their order. */
export interface ApiKeyList {
  readonly readable: readonly Equalities[];
  readonly keys: readonly SortKey<SortName>[];
}

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

export async function findApiKey(database: Database, id: string): Promise<ApiKeyRow | undefined> {
  const [row] = await database.orm.select().from(apiKeys).where(isPresent(apiKeys, id)).limit(1);
  return row;
}

export function insertApiKey(database: Database, row: typeof apiKeys.$inferInsert) {
  return database.orm.insert(apiKeys).values(row);
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

/** One page of the list. */
export function pageQuery(database: Database, list: ApiKeyList, { order, after, limit }: Window) {
  return database.orm
    .select({ ...getTableColumns(apiKeys), ...generationColumns(generationOf(list)) })
    .from(apiKeys)
    .where(
      and(
        isNull(apiKeys.deletedAt),
        isOneOf(list.readable, { user_id: apiKeys.userId }),
        after === undefined ? undefined : behind(order, after),
      ),
    )
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** The generation of one owner's list changes only with that owner's keys. */
export function generationOf({ readable }: ApiKeyList): string {
  const { collection } = ApiKeyResource;
  const [only, ...others] = readable;
  const owner = others.length === 0 ? only?.["user_id"] : undefined;
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order of the list's sort keys, made total by the id. */
export function orderOf({ keys }: ApiKeyList): SortTerm<ApiKeyRow>[] {
  return totalOrder<SortName, ApiKeyRow>(
    keys,
    {
      created_at: { column: apiKeys.createdAt, valueOf: (row) => row.createdAt },
      name: { column: apiKeys.name, valueOf: (row) => row.name },
    },
    { column: apiKeys.id, valueOf: (row) => row.id },
  );
}
