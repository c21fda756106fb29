/**
 * Fills a local database with missing demo data: accounts, the rows of each domain, and the credentials of the
 * demo accounts. Each is one transaction, so an interrupted seed is repeated by the next start. Rows that were deleted
 * are not seeded again, because they remain as tombstones.
 */
import { demoStatements } from "../seed/demo.ts";
import { SEEDS, statementsOf } from "../seed/seeds.ts";
import type { LocalDatabase } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

/**
 * Seeds missing data, after a call of `announce`, and returns whether any was missing.
 *
 * @throws StartFailure if a statement fails; that seed is rolled back
 */
export async function seedEmptyStore(database: LocalDatabase, announce: () => void): Promise<boolean> {
  const seeds = [
    ...SEEDS.map(({ table, tables }) => ({ table, statements: () => statementsOf(tables()) })),
    { table: "oauth_clients", statements: demoStatements },
  ];
  const found = await database.batch(seeds.map(({ table }) => [`SELECT 1 FROM ${table} LIMIT 1`] as const));
  const missing = seeds.filter((_, index) => found[index]?.length === 0);
  if (missing.length === 0) return false;
  announce();
  try {
    for (const { statements } of missing) await database.batch(statements().map((sql) => [sql] as const));
  } catch (error) {
    throw new StartFailure(`seeding failed and was rolled back: ${messageOf(error)}`);
  }
  return true;
}
