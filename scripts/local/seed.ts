/**
 * Fills the empty tables of a local state with the seeds, and a state without clients with the demo accounts'
 * credentials. Each is one transaction, so an interrupted seed is repeated by the next start. A table that ever had a row
 * is not changed, because deleted rows remain as tombstones.
 */
import { demoStatements } from "../seed/demo.ts";
import { SEEDS } from "../seed/seeds.ts";
import type { LocalDatabase } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

/**
 * Seeds missing data, after a call of `announce`, and returns whether any was missing.
 *
 * @throws StartFailure if a statement fails; that seed is rolled back
 */
export async function seedEmptyStore(database: LocalDatabase, announce: () => void): Promise<boolean> {
  const tables = [...SEEDS.map(({ table }) => table), "oauth_clients"];
  const found = await database.batch(tables.map((table) => [`SELECT 1 FROM ${table} LIMIT 1`] as const));
  const isEmpty = (table: string) => found[tables.indexOf(table)]?.length === 0;
  const missing = SEEDS.filter(({ table }) => isEmpty(table));
  const demo = isEmpty("oauth_clients") ? demoStatements() : [];
  if (missing.length === 0 && demo.length === 0) {
    return false;
  }
  announce();
  try {
    for (const statements of [missing.flatMap((seed) => [...seed.statements()]), demo]) {
      if (statements.length > 0) await database.batch(statements.map((sql) => [sql] as const));
    }
  } catch (error) {
    throw new StartFailure(`seeding failed and was rolled back: ${messageOf(error)}`);
  }
  return true;
}
