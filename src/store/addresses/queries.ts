/** All SQL about addresses. Nothing else speaks to their table. */
import { and, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { generationColumns, isPresent, ownedBy } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Equalities, isOneOf } from "#core/data/equalities.ts";
import { behind, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { addresses } from "#schema/addresses.ts";
import { AddressResource, type SortName } from "./contract.ts";

export { addresses };

export type AddressRow = typeof addresses.$inferSelect;

/** A list of addresses: which of those that may be read, and in what order. */
export interface AddressList {
  readonly readable: readonly Equalities[];
  readonly userId: string | undefined;
  readonly keys: readonly SortKey<SortName>[];
}

/** The columns of the members that rules ask about. */
const RULED = { id: addresses.id, user_id: addresses.userId };

export async function findAddress(database: Database, id: string): Promise<AddressRow | undefined> {
  const [row] = await database.orm.select().from(addresses).where(isPresent(addresses, id)).limit(1);
  return row;
}

/** The address, if it exists and belongs to the user. */
export function ownAddressQuery(database: Database, id: string, userId: string) {
  return database.orm
    .select()
    .from(addresses)
    .where(and(isPresent(addresses, id), eq(addresses.userId, userId)))
    .limit(1);
}

export function insertAddress(database: Database, row: typeof addresses.$inferInsert) {
  return database.orm.insert(addresses).values(row);
}

/** One page of the list. */
export function pageQuery(database: Database, list: AddressList, { order, after, limit }: Window) {
  const { readable, userId } = list;
  return database.orm
    .select({ ...getTableColumns(addresses), ...generationColumns(generationOf(list)) })
    .from(addresses)
    .where(
      and(
        isNull(addresses.deletedAt),
        isOneOf(readable, RULED),
        userId === undefined ? undefined : eq(addresses.userId, userId),
        after === undefined ? undefined : behind(order, after),
      ),
    )
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** A list of one owner's addresses changes with those alone. */
export function generationOf({ readable, userId }: AddressList): string {
  const { collection } = AddressResource;
  const [only, ...others] = readable;
  const owner = others.length === 0 ? (only?.["user_id"] ?? userId) : userId;
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order that a list's sort keys ask for, made total by the id. */
export function orderOf({ keys }: AddressList): SortTerm<AddressRow>[] {
  return totalOrder<SortName, AddressRow>(
    keys,
    {
      created_at: { column: addresses.createdAt, valueOf: (row) => row.createdAt },
      name: { column: addresses.name, valueOf: (row) => row.name },
    },
    { column: addresses.id, valueOf: (row) => row.id },
  );
}

const NOTHING = { name: "", line1: "", line2: null, city: "", region: null, postalCode: "", country: "ZZ" } as const;

/**
 * Takes everything from the addresses of somebody who leaves, those included that they deleted themselves. Only what
 * other records name stays: ids.
 */
export function forgetAddresses(database: Database, userId: string, now: number) {
  const forgotten = { ...NOTHING, version: sql`${addresses.version} + 1`, updatedAt: now };
  const own = eq(addresses.userId, userId);
  // One statement for each of the two partial indexes by owner.
  return [
    database.orm
      .update(addresses)
      .set(forgotten)
      .where(and(own, sql`${addresses.deletedAt} IS NOT NULL`)),
    database.orm
      .update(addresses)
      .set({ ...forgotten, deletedAt: now })
      .where(and(own, isNull(addresses.deletedAt))),
  ];
}
