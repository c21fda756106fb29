/** SQL about addresses that other modules and the erasure of an account need. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { addresses } from "#schema/addresses.ts";

/** A row where that address is there, and is the user's own. */
export function ownAddressQuery(database: Database, id: string, userId: string) {
  return database.orm.select({ id: addresses.id }).from(addresses).where(isOwn(id, userId)).limit(1);
}

/** Holds while that address is there, and is the user's own. */
export function isOwnAddress(id: string, userId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${addresses} WHERE ${isOwn(id, userId)})`;
}

function isOwn(id: string, userId: string): SQL | undefined {
  return and(isPresent(addresses, id), eq(addresses.userId, userId));
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
