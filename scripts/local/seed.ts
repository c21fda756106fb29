/**
 * Fills an empty local store with its demonstration data, and a store without clients with the demo accounts' way in.
 * Each is one transaction: a seed that was interrupted left nothing, and the next start seeds again. A store that ever
 * had a product or a client is left as it is, since deleted ones stay as rows.
 */
import { demoStatements } from "../seed/demo.ts";
import { seedStatements } from "../seed/sql.ts";
import type { LocalDatabase } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

/**
 * Seeds what the store has not, announcing it first, and returns whether there was anything.
 *
 * @throws StartFailure when a statement fails; then that seed is as if it had never begun.
 */
export async function seedEmptyStore(database: LocalDatabase, announce: () => void): Promise<boolean> {
  const [products = [], clients = []] = await database.batch([
    ["SELECT 1 FROM products LIMIT 1"],
    ["SELECT 1 FROM oauth_clients LIMIT 1"],
  ]);
  if (products.length > 0 && clients.length > 0) {
    return false;
  }
  announce();
  try {
    if (products.length === 0) {
      await database.batch(Array.from(seedStatements(), (sql) => [sql] as const));
    }
    if (clients.length === 0) {
      await database.batch(demoStatements().map((sql) => [sql] as const));
    }
  } catch (error) {
    throw new StartFailure(`seeding failed and left nothing behind: ${messageOf(error)}`);
  }
  return true;
}
