/** Empties the accounts. Orders and addresses are deleted first, because they refer to accounts. */
import { env } from "cloudflare:workers";
import { emptyPeople as emptyAccounts } from "../../features/accounts/people.ts";
import { emptyLedger } from "./empty-ledger.ts";

/** Deletes all accounts and everything that belongs to them. */
export async function emptyPeople(): Promise<void> {
  await emptyLedger();
  await env.DB.batch(["order_items", "orders", "addresses"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await emptyAccounts();
}
