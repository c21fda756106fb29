// The store's orders and what was ordered. Guarantees: orders of every state, each later than its address and its
// products, at the products' prices, with a version that counts the steps it has taken; and the demo account Ada has
// one at least in each state. Stock is what it is now: nothing is taken from it here.

import type { OrderStatus, statusAfter } from "#store/orders/states.ts";
import { CLOSED_AT, type History, soonAfter } from "./calendar.ts";
import { idAt } from "./ids.ts";
import { int, pick, pickWeighted, type Random, randomOf, shuffle } from "./random.ts";
import type { AddressRow, ProductRow, UserRow } from "./rows.ts";

/** A row of `orders`; money is in minor units, times are epoch ms. */
export interface OrderRow extends History {
  readonly seq: number;
  readonly id: string;
  readonly user_id: string;
  readonly address_id: string;
  readonly status: OrderStatus;
  readonly total_amount: number;
  readonly total_currency: string;
}

/** A row of `order_items`; `position` counts from 0. */
export interface OrderItemRow {
  readonly order_id: string;
  readonly position: number;
  readonly product_id: string;
  readonly quantity: number;
  readonly unit_price_amount: number;
  readonly unit_price_currency: string;
}

interface Order {
  readonly row: Omit<OrderRow, "seq">;
  readonly items: readonly OrderItemRow[];
}

const ORDERS = 2400;

/** What the first demo accounts have, whatever else: all that one can do with an order can be tried. */
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

/** Steps to a state, one of its ways drawn at random. */
const WAYS: Readonly<Record<OrderStatus, readonly (readonly Parameters<typeof statusAfter>[1][])[]>> = {
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

/** Nobody orders before the shelves are filled. */
const FIRST_PRODUCTS = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** All orders in order of `seq`, and their items. `products` are in order of creation. */
export function orderRows(
  products: readonly ProductRow[],
  users: readonly UserRow[],
  addresses: readonly AddressRow[],
): { orders: OrderRow[]; orderItems: OrderItemRow[] } {
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
  }));
  const steps = pick(random, WAYS[status]);
  let updatedAt = createdAt;
  for (const _ of steps) updatedAt = soonAfter(random, updatedAt, 6);
  return {
    row: {
      id,
      user_id: home.user_id,
      address_id: home.id,
      status,
      total_amount: items.reduce((sum, item) => sum + item.quantity * item.unit_price_amount, 0),
      total_currency: "USD",
      version: 1 + steps.length,
      created_at: createdAt,
      updated_at: updatedAt,
    },
    items,
  };
}
