/**
 * Applies migrations/ to a local database, with wrangler's own bookkeeping table, so that wrangler can use the same
 * state. Each migration is atomic. The first failure stops the run.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { unstable_splitSqlQuery as splitStatements } from "wrangler";
import type { LocalDatabase, Statement } from "./database.ts";
import { messageOf, StartFailure } from "./start-failure.ts";

// The exact table that wrangler creates.
const CREATE_BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * Applies missing migrations in the order of their numbers and returns their names.
 *
 * @throws StartFailure if the database cannot be read or a migration fails
 */
export async function applyMigrations(database: LocalDatabase, directory: string): Promise<string[]> {
  const applied = await readApplied(database);
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql") && !applied.has(name));
  names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
  for (const name of names) {
    const sql = await readFile(join(directory, name), "utf8");
    const record: Statement = ["INSERT INTO d1_migrations (name) VALUES (?)", name];
    try {
      await database.batch([...splitStatements(sql).map((text): Statement => [text]), record]);
    } catch (error) {
      throw new StartFailure(`migration ${name} failed and was rolled back: ${messageOf(error)}`);
    }
  }
  return names;
}

async function readApplied(database: LocalDatabase): Promise<Set<string>> {
  try {
    const [, rows = []] = await database.batch([[CREATE_BOOKKEEPING], ["SELECT name FROM d1_migrations"]]);
    return new Set(rows.map(({ name }) => String(name)));
  } catch (error) {
    throw new StartFailure(
      `the local database cannot be read (${messageOf(error)}); delete the state's directory to start over`,
    );
  }
}
