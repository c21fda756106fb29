/** Accounts of customers: nobody leaves before their orders and addresses do. */
import { env } from "cloudflare:workers";
import { emptyPeople as emptyAccounts } from "../../features/accounts/people.ts";
import { emptyLedger } from "./empty-ledger.ts";

/** Leaves nobody, and nothing that belongs to anybody. */
export async function emptyPeople(): Promise<void> {
  await emptyLedger();
  await env.DB.batch(["order_items", "orders", "addresses"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await emptyAccounts();
}
