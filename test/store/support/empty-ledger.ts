/** Removes what the ledger and the counters of units have: for tests alone, since the database itself refuses it. */
import { env } from "cloudflare:workers";

const GUARD = "ledger_entries_are_never_deleted";

/** Goes before the orders are deleted, or they would be numbered again with entries of their own. */
export async function emptyLedger(): Promise<void> {
  const guard = await env.DB.prepare("SELECT sql FROM sqlite_schema WHERE name = ?").bind(GUARD).first<string>("sql");
  if (guard === null) throw new Error(`there is no trigger ${GUARD}`);
  const statements = [
    `DROP TRIGGER ${GUARD}`,
    "DELETE FROM ledger_entries",
    guard,
    "DELETE FROM product_units",
    "DELETE FROM account_units",
  ];
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
}
