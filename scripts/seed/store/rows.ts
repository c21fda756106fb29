// The rows of the demo store, in the form of the migrations' tables. The rows are always the same (no clock, no
// randomness). `seq` starts at 1 in order of creation, and every row satisfies the constraints of its table.

import { type UserRow, userRows } from "../accounts.ts";
import { historyOf, momentOf, soonAfter } from "../calendar.ts";
import { idAt } from "../ids.ts";
import { type Person, people } from "../people.ts";
import { int, type Random, randomOf, shuffle } from "../random.ts";
import { catalogue } from "./catalogue.ts";
import type { CatalogueEntry } from "./entry.ts";
import { type LedgerEntryRow, type OrderItemRow, type OrderRow, orderRows } from "./orders.ts";
import type { AddressRow, ProductRow } from "./row-types.ts";

interface StoreRows {
  readonly products: ProductRow[];
  readonly addresses: AddressRow[];
  readonly orders: OrderRow[];
  readonly orderItems: OrderItemRow[];
  readonly ledgerEntries: LedgerEntryRow[];
}

/** The rows of the store, each table in order of `seq`. Items are in the order of their orders. */
export function storeRows(): StoreRows {
  const products = productRows();
  const users = userRows();
  const addresses = addressRows(people(), users);
  return { products, addresses, ...orderRows(products, users, addresses) };
}

/** The same rows by the names of their tables. */
export function storeTables() {
  const { products, addresses, orders, orderItems, ledgerEntries } = storeRows();
  return { products, addresses, orders, order_items: orderItems, ledger_entries: ledgerEntries };
}

function productRows(): ProductRow[] {
  const random = randomOf("rows/products");
  const entries = catalogue();
  const moments = new Map(entries.map((entry) => [entry, momentOf(random, 6, 20)]));
  for (const imported of importsOf(entries, random)) {
    const together = momentOf(random, 6, 20);
    for (const entry of imported) moments.set(entry, together);
  }
  const rows = [...moments].map(([entry, createdAt]) => ({
    id: idAt("prod", createdAt, random),
    name: entry.name,
    description: entry.description,
    category: entry.category,
    brand: entry.brand,
    price_amount: entry.priceAmount,
    price_currency: "USD",
    stock: entry.stock,
    ...historyOf(random, createdAt, 0.55),
  }));
  return numbered(rows);
}

/** Eight groups of 5 to 12 products of one brand and category that were created in the same millisecond. */
function importsOf(entries: readonly CatalogueEntry[], random: Random): CatalogueEntry[][] {
  const ranges = Map.groupBy(entries, (entry) => `${entry.category}/${entry.brand}`);
  const largeEnough = [...ranges.values()].filter((range) => range.length >= 12);
  return shuffle(random, largeEnough)
    .slice(0, 8)
    .map((range) => range.slice(0, int(random, 5, 12)));
}

function addressRows(everyone: readonly Person[], users: readonly UserRow[]): AddressRow[] {
  const random = randomOf("rows/addresses");
  const rows = everyone.flatMap((person, index) =>
    person.addresses.map((address, nth) => {
      const owner = users[index] as UserRow; // there is one user row per person, in the same order
      const createdAt = soonAfter(random, owner.created_at, nth === 0 ? 2 : 300);
      return {
        id: idAt("addr", createdAt, random),
        user_id: owner.id,
        ...address,
        ...historyOf(random, createdAt, 0.2),
      };
    }),
  );
  return numbered(rows);
}

/** Sorts rows by creation, then by id, and numbers them from 1. */
function numbered<R extends { readonly id: string; readonly created_at: number }>(
  rows: readonly R[],
): (R & { seq: number })[] {
  return rows
    .toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    .map((row, index) => ({ seq: index + 1, ...row }));
}
