/** SQL for addresses that other modules use. */
import { and, eq } from "drizzle-orm";
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
