/** The products, addresses and orders of the demo store. */
import { rowsOf, type Seed } from "../seed.ts";
import { insertsInto } from "../sql.ts";
import { storeRows } from "./rows.ts";

export const storeSeed: Seed = { table: "products", statements };

function* statements(): Generator<string> {
  const { products, addresses, orders, orderItems, ledgerEntries } = storeRows();
  yield* insertsInto("products", rowsOf(products));
  yield* insertsInto("addresses", rowsOf(addresses));
  yield* insertsInto("orders", rowsOf(orders));
  yield* insertsInto("order_items", rowsOf(orderItems));
  yield* insertsInto("ledger_entries", rowsOf(ledgerEntries));
}
