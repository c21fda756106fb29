/**
 * Fills an empty local store with its demonstration data. All of it is one transaction: a seed that was interrupted
 * left nothing, and the next start seeds again. A store that ever had a product is left as it is, since deleted ones
 * stay as rows.
 */
import { seedStatements } from "../seed/sql.ts";
import type { LocalDatabase } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

/**
 * Seeds the store when it has no product, announcing it first, and returns whether it did.
 *
 * @throws StartFailure when a statement fails; then the store is as empty as before.
 */
export async function seedEmptyStore(database: LocalDatabase, announce: () => void): Promise<boolean> {
  const [products = []] = await database.batch([["SELECT 1 FROM products LIMIT 1"]]);
  if (products.length > 0) {
    return false;
  }
  announce();
  try {
    await database.batch(Array.from(seedStatements(), (sql) => [sql] as const));
  } catch (error) {
    throw new StartFailure(`seeding failed and left nothing behind: ${messageOf(error)}`);
  }
  return true;
}
