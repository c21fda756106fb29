/** SQL for addresses that other modules and the erasure of an account use. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { addresses } from "#schema/addresses.ts";

export { addresses };

/** The address, if it exists and belongs to the user. */
export function ownAddressQuery(database: Database, id: string, userId: string) {
  return database.orm
    .select()
    .from(addresses)
    .where(and(isPresent(addresses, id), eq(addresses.userId, userId)))
    .limit(1);
}

const NOTHING = { name: "", line1: "", line2: null, city: "", region: null, postalCode: "", country: "ZZ" } as const;

/**
 * Erases the content of a deleted account's addresses, including those that the owner deleted before. Only ids, which
 * other records refer to, remain.
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
