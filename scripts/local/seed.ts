/**
 * Fills an empty local store with demo data, and a store without clients with the demo accounts' credentials. Each is
 * one transaction, so an interrupted seed is repeated by the next start. A store that ever had a product or a client is
 * not changed, because deleted rows remain as tombstones.
 */
import { demoStatements } from "../seed/demo.ts";
import { seedStatements } from "../seed/sql.ts";
import type { LocalDatabase } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

/**
 * Seeds missing data, after a call of `announce`, and returns whether any was missing.
 *
 * @throws StartFailure if a statement fails; that seed is rolled back
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
    throw new StartFailure(`seeding failed and was rolled back: ${messageOf(error)}`);
  }
  return true;
}
