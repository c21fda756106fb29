/**
 * Audits the database against the responses that clients received. Pure except for the queries. The invariants: exactly
 * one effect per accepted key, stock never below zero, and no unit or cent created or lost.
 */
import type { LocalDatabase } from "../local/database.ts";
import type { Outcome } from "./ledger.ts";
import type { ProductOnSale } from "./shop.ts";

export interface BookedOrder {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly total: number;
}

export interface BookedItem {
  readonly orderId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** The database's data about the soak's own products. */
export interface Books {
  /** Units by product. */
  readonly stock: ReadonlyMap<string, number>;
  readonly orders: readonly BookedOrder[];
  readonly items: readonly BookedItem[];
  /** The number of effects of requests with a key, by the resource that they concern. */
  readonly effects: ReadonlyMap<string, number>;
}

export async function readBooks(database: LocalDatabase): Promise<Books> {
  const own = "SELECT id FROM products WHERE brand = 'soak'";
  const ownOrders = `SELECT order_id FROM order_items WHERE product_id IN (${own})`;
  const [products = [], orders = [], items = [], effects = []] = await database.batch([
    ["SELECT id, stock FROM products WHERE brand = 'soak'"],
    [`SELECT id, status, version, total_amount FROM orders WHERE id IN (${ownOrders})`],
    [`SELECT order_id, product_id, quantity, unit_price_amount FROM order_items WHERE order_id IN (${ownOrders})`],
    ["SELECT resource_id, count(*) AS n FROM idempotency_effects WHERE status <> 0 GROUP BY resource_id"],
  ]);
  return {
    stock: new Map(products.map((row) => [String(row["id"]), Number(row["stock"])])),
    orders: orders.map((row) => ({
      id: String(row["id"]),
      status: String(row["status"]),
      version: Number(row["version"]),
      total: Number(row["total_amount"]),
    })),
    items: items.map((row) => ({
      orderId: String(row["order_id"]),
      productId: String(row["product_id"]),
      quantity: Number(row["quantity"]),
      unitPrice: Number(row["unit_price_amount"]),
    })),
    effects: new Map(effects.map((row) => [String(row["resource_id"]), Number(row["n"])])),
  };
}

/** Violations that do not depend on responses, one per line. `stock` is the initial stock. */
export function faultsWithin(books: Books, products: readonly ProductOnSale[], stock: Books["stock"]): string[] {
  const faults: string[] = [];
  const statusOf = new Map(books.orders.map(({ id, status }) => [id, status]));
  const totals = new Map<string, number>();
  const taken = new Map<string, number>();
  const prices = new Map(products.map(({ id, price }) => [id, price]));
  for (const { orderId, productId, quantity, unitPrice } of books.items) {
    add(totals, orderId, quantity * unitPrice);
    if (statusOf.get(orderId) !== "cancelled") add(taken, productId, quantity);
    if (prices.get(productId) !== unitPrice) faults.push(`${orderId}: ${productId} was sold at ${unitPrice}`);
  }
  for (const [id, units] of books.stock) {
    const expected = (stock.get(id) ?? 0) - (taken.get(id) ?? 0);
    if (units < 0) faults.push(`${id}: ${units} units in stock`);
    if (units !== expected) faults.push(`${id}: ${units} units in stock, ${expected} expected from its orders`);
  }
  for (const { id, total } of books.orders) {
    if (totals.get(id) !== total) faults.push(`${id}: its total is ${total}, but its items cost ${totals.get(id)}`);
  }
  return faults;
}

const AFTER: Readonly<Record<string, string>> = {
  "": "placed",
  pay: "paid",
  "cancel pay": "cancelled",
  cancel: "cancelled",
  "pay refund": "refunded",
};

/** Violations after every request got a final response, one per line. */
export function faultsAgainst(books: Books, outcomes: readonly Outcome[]): string[] {
  const faults: string[] = [];
  const accepted = outcomes.filter(({ isAccepted }) => isAccepted);
  const placed = accepted.filter(({ kind }) => kind === "place");
  const orders = new Map(books.orders.map((order) => [order.id, order]));
  for (const [id, outcomes] of Map.groupBy(placed, ({ orderId }) => orderId)) {
    if (!orders.has(id)) faults.push(`${id}: returned for ${keysOf(outcomes)}, but the order does not exist`);
    if (outcomes.length > 1) faults.push(`${id}: returned for ${outcomes.length} keys, ${keysOf(outcomes)}`);
  }
  for (const id of books.effects.keys()) {
    if (!orders.has(id)) faults.push(`${id}: has an effect, but the order does not exist`);
  }
  const known = new Set(placed.map(({ orderId }) => orderId));
  const steps = Map.groupBy(accepted, ({ orderId }) => orderId);
  for (const { id, status, version } of books.orders) {
    if (!known.has(id)) faults.push(`${id}: no client received it`);
    const taken = (steps.get(id) ?? []).filter(({ kind }) => kind !== "place").map(({ kind }) => kind);
    const expected = AFTER[taken.toSorted().join(" ")];
    if (status !== expected)
      faults.push(`${id}: ${status} after ${taken.join(", ") || "nothing"}, expected ${expected}`);
    if (version !== taken.length + 1)
      faults.push(`${id}: ${version - 1} transitions, ${taken.length} of them accepted`);
    const effects = books.effects.get(id) ?? 0;
    if (effects !== taken.length + 1) faults.push(`${id}: ${effects} effects for ${taken.length + 1} accepted keys`);
  }
  return faults;
}

function keysOf(outcomes: readonly Outcome[]): string {
  return outcomes.map(({ key }) => key).join(", ");
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}
