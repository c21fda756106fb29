/** Deletes the entries of the ledger and the counters of units, in tests only: the database itself forbids it. */
import { env } from "cloudflare:workers";

const GUARD = "ledger_entries_are_never_deleted";

/** Runs before the orders are deleted. Otherwise new orders would get the numbers of existing entries. */
export async function emptyLedger(): Promise<void> {
  const guard = await env.DB.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").bind(GUARD).first<string>("sql");
  if (guard === null) throw new Error(`the trigger ${GUARD} does not exist`);
  const statements = [
    `DROP TRIGGER ${GUARD}`,
    "DELETE FROM ledger_entries",
    guard,
    "DELETE FROM product_units",
    "DELETE FROM account_units",
  ];
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
}
