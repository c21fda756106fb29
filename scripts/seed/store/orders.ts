// Orders, their items, and payments and refunds in the ledger. There are orders in every state, and Ada has at least
// one in each. An order is later than its address and products, copies both, and uses the products' prices. Its version
// counts its transitions. Unpaid orders have no deadline, so that a store always has some to pay. Orders do not reduce
// the stock.

import type { OrderStatus, statusAfter } from "#store/orders/states.ts";
import type { UserRow } from "../accounts.ts";
import { CLOSED_AT, type History, soonAfter } from "../calendar.ts";
import { idAt } from "../ids.ts";
import { int, pick, pickWeighted, type Random, randomOf, shuffle } from "../random.ts";
import type { AddressRow, ProductRow } from "./row-types.ts";

/** A row of `orders`. Money is in minor units, times are epoch ms. */
export interface OrderRow extends History {
  readonly seq: number;
  readonly id: string;
  readonly user_id: string;
  readonly address_id: string;
  readonly status: OrderStatus;
  readonly total_amount: number;
  readonly total_currency: string;
  /** The address in the form of the API, as JSON. */
  readonly shipping_address: string;
}

/** A row of `order_items`. `position` starts at 0. */
export interface OrderItemRow {
  readonly order_id: string;
  readonly position: number;
  readonly product_id: string;
  readonly quantity: number;
  readonly unit_price_amount: number;
  readonly unit_price_currency: string;
  readonly product_name: string;
  readonly category: string;
  readonly brand: string;
}

/** A row of `ledger_entries`. The sums of orders are derived from these. */
export interface LedgerEntryRow {
  readonly order_id: string;
  readonly user_id: string;
  readonly kind: "payment" | "refund";
  readonly step: "pay" | "cancel" | "refund";
  readonly amount: number;
  readonly currency: string;
  /** The ordered items, as JSON. */
  readonly items: string;
  readonly actor_id: string | null;
  readonly ordered_at: number;
  readonly occurred_at: number;
}

interface Order {
  readonly row: Omit<OrderRow, "seq">;
  readonly items: readonly OrderItemRow[];
  readonly entries: readonly LedgerEntryRow[];
}

type Step = Parameters<typeof statusAfter>[1];

const ORDERS = 2400;

/** The states that the first demo accounts always have, so that every operation on orders can be tried. */
const DEMO_STATUSES: readonly (readonly OrderStatus[])[] = [
  ["delivered", "placed", "placed", "paid", "shipped", "delivered", "refunded", "cancelled", "delivered", "placed"],
  ["delivered", "shipped", "paid", "placed", "cancelled"],
  ["delivered", "placed"],
  ["delivered"],
];

const STATUSES: readonly { readonly status: OrderStatus; readonly weight: number }[] = [
  { status: "delivered", weight: 45 },
  { status: "shipped", weight: 12 },
  { status: "paid", weight: 12 },
  { status: "placed", weight: 12 },
  { status: "cancelled", weight: 11 },
  { status: "refunded", weight: 8 },
];

/** The transitions to a state, on a random path. */
const WAYS: Readonly<Record<OrderStatus, readonly (readonly Step[])[]>> = {
  placed: [[]],
  paid: [["pay"]],
  shipped: [["pay", "ship"]],
  delivered: [["pay", "ship", "deliver"]],
  cancelled: [["cancel"], ["pay", "cancel"]],
  refunded: [
    ["pay", "refund"],
    ["pay", "ship", "refund"],
    ["pay", "ship", "deliver", "refund"],
  ],
};

const SIZES = [
  { size: 1, weight: 46 },
  { size: 2, weight: 27 },
  { size: 3, weight: 14 },
  { size: 5, weight: 9 },
  { size: 8, weight: 4 },
];

const QUANTITIES = [
  { quantity: 1, weight: 70 },
  { quantity: 2, weight: 18 },
  { quantity: 4, weight: 9 },
  { quantity: 12, weight: 3 },
];

/** Orders begin after the first products exist. */
const FIRST_PRODUCTS = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** All orders in order of `seq`, their items, and the ledger in order of time. `products` are in order of creation. */
export function orderRows(
  products: readonly ProductRow[],
  users: readonly UserRow[],
  addresses: readonly AddressRow[],
): { orders: OrderRow[]; orderItems: OrderItemRow[]; ledgerEntries: LedgerEntryRow[] } {
  const random = randomOf("rows/orders");
  const established = addresses.filter(({ created_at }) => created_at < CLOSED_AT - 10 * DAY_MS);
  const homes = Map.groupBy(established, ({ user_id }) => user_id);
  const made: Order[] = [];
  for (const [index, statuses] of DEMO_STATUSES.entries()) {
    for (const status of statuses)
      made.push(orderOf(random, products, homes.get(users[index]?.id ?? "") ?? [], status));
  }
  while (made.length < ORDERS) {
    const ownHomes = homes.get(pick(random, users).id);
    if (ownHomes !== undefined) made.push(orderOf(random, products, ownHomes, pickWeighted(random, STATUSES).status));
  }
  const sorted = made.toSorted(({ row: a }, { row: b }) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  return {
    orders: sorted.map(({ row }, index) => ({ seq: index + 1, ...row })),
    orderItems: sorted.flatMap(({ items }) => items),
    ledgerEntries: sorted.flatMap(({ entries }) => entries).toSorted((a, b) => a.occurred_at - b.occurred_at),
  };
}

function orderOf(
  random: Random,
  products: readonly ProductRow[],
  homes: readonly AddressRow[],
  status: OrderStatus,
): Order {
  const home = pick(random, homes);
  const earliest = Math.max(home.created_at, products[FIRST_PRODUCTS]?.created_at ?? 0) + HOUR_MS;
  const createdAt = int(random, earliest, CLOSED_AT - DAY_MS);
  const id = idAt("ord", createdAt, random);
  const onSale = products.filter(({ created_at, price_amount }) => created_at < createdAt && price_amount <= 1_000_000);
  const ordered = shuffle(random, onSale).slice(0, pickWeighted(random, SIZES).size);
  const items = ordered.map((product, position) => ({
    order_id: id,
    position,
    product_id: product.id,
    quantity: pickWeighted(random, QUANTITIES).quantity,
    unit_price_amount: product.price_amount,
    unit_price_currency: product.price_currency,
    product_name: product.name,
    category: product.category,
    brand: product.brand,
  }));
  const steps = pick(random, WAYS[status]);
  let updatedAt = createdAt;
  const taken = steps.map((step) => {
    updatedAt = soonAfter(random, updatedAt, 6);
    return { step, at: updatedAt };
  });
  const row = {
    id,
    user_id: home.user_id,
    address_id: home.id,
    status,
    total_amount: items.reduce((sum, item) => sum + item.quantity * item.unit_price_amount, 0),
    total_currency: "USD",
    shipping_address: shippingAddressOf(home),
    version: 1 + steps.length,
    created_at: createdAt,
    updated_at: updatedAt,
  };
  const wasPaid = steps.includes("pay");
  return {
    row,
    items,
    entries: taken.flatMap(({ step, at }) => {
      const movesMoney = step === "pay" || (wasPaid && (step === "cancel" || step === "refund"));
      return movesMoney ? [entryOf(row, items, step, at)] : [];
    }),
  };
}

function shippingAddressOf({ name, line1, line2, city, region, postal_code, country }: AddressRow): string {
  const address = { name, line1, line2, city, region, postal_code, country };
  return JSON.stringify(Object.fromEntries(Object.entries(address).filter(([, part]) => part !== null)));
}

/** The owner makes payments. The actor of other transitions is not recorded. */
function entryOf(
  order: Order["row"],
  items: readonly OrderItemRow[],
  step: LedgerEntryRow["step"],
  at: number,
): LedgerEntryRow {
  const lines = items.map(({ order_id: _order, position: _position, unit_price_currency: _currency, ...line }) => line);
  return {
    order_id: order.id,
    user_id: order.user_id,
    kind: step === "pay" ? "payment" : "refund",
    step,
    amount: order.total_amount,
    currency: order.total_currency,
    items: JSON.stringify(lines),
    actor_id: step === "pay" ? order.user_id : null,
    ordered_at: order.created_at,
    occurred_at: at,
  };
}
