/** A shop for tests: products and orders written directly to the database, and orders placed over HTTP. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { OrderStatus, OrderStep } from "#store/orders/states.ts";
import { header } from "../../support/requests.ts";
import type { Service } from "../../support/service.ts";
import { addressId } from "../addresses/homes.ts";
import { emptyLedger } from "../support/empty-ledger.ts";

export interface Item {
  readonly product_id: string;
  readonly quantity: number;
}

export interface Order {
  readonly id: string;
  readonly user_id: string;
  readonly address_id: string;
  readonly status: OrderStatus;
  readonly shipping_address?: Readonly<Record<string, string>>;
  readonly items: readonly (Item & {
    readonly product_name: string;
    readonly unit_price: { readonly amount: number };
    readonly line_total: { readonly amount: number };
  })[];
  readonly total: { readonly amount: number; readonly currency: string };
  readonly amount_paid: { readonly amount: number; readonly currency: string };
  readonly amount_refunded: { readonly amount: number; readonly currency: string };
  readonly expires_at?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Well-formed ids that sort by `number`. */
export function productId(number: number): string {
  return `prod_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

export function orderId(number: number): string {
  return `ord_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

export async function insertProduct(number: number, change: { price?: number; stock?: number } = {}): Promise<string> {
  const id = productId(number);
  await env.DB.prepare(
    "INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at) VALUES (?, ?, '', 'lamps', 'acme', ?, 'USD', ?, 1, 1)",
  )
    .bind(id, `Lamp ${number}`, change.price ?? 1000, change.stock ?? 50)
    .run();
  return id;
}

export interface StoredOrder {
  readonly number: number;
  readonly userId: string;
  readonly addressId: string;
  readonly status: OrderStatus;
  readonly total: number;
  readonly createdAt: number;
  /** Epoch ms. With null the order never expires. */
  readonly expiresAt: number | null;
  readonly items: readonly { readonly productId: string; readonly quantity: number; readonly price: number }[];
}

export function stored(number: number, userId: string, change: Partial<StoredOrder> = {}): StoredOrder {
  return {
    number,
    userId,
    addressId: addressId(1),
    status: "placed",
    total: 1000,
    createdAt: 1000 + number,
    expiresAt: null,
    items: [{ productId: productId(1), quantity: 1, price: 1000 }],
    ...change,
  };
}

export const SHIPPING_ADDRESS = { name: "Home 1", line1: "A 1", city: "B", postal_code: "1", country: "DE" };

/** The ledger entries of the transitions that lead to a state. */
const ENTRIES: Readonly<Record<OrderStatus, readonly (readonly [kind: string, step: string])[]>> = {
  placed: [],
  paid: [["payment", "pay"]],
  shipped: [["payment", "pay"]],
  delivered: [["payment", "pay"]],
  cancelled: [],
  refunded: [
    ["payment", "pay"],
    ["refund", "refund"],
  ],
};

export async function insertOrders(...orders: readonly StoredOrder[]): Promise<void> {
  const statements = orders.flatMap((order) => [
    env.DB.prepare(
      "INSERT INTO orders (id, user_id, address_id, status, total_amount, total_currency, created_at, updated_at, shipping_address, expires_at) VALUES (?, ?, ?, ?, ?, 'USD', ?, ?, ?, ?)",
    ).bind(
      orderId(order.number),
      order.userId,
      order.addressId,
      order.status,
      order.total,
      order.createdAt,
      order.createdAt,
      JSON.stringify(SHIPPING_ADDRESS),
      order.expiresAt,
    ),
    ...order.items.map((item, position) =>
      env.DB.prepare(
        "INSERT INTO order_items SELECT ?, ?, id, ?, ?, 'USD', name, category, brand FROM products WHERE id = ?",
      ).bind(orderId(order.number), position, item.quantity, item.price, item.productId),
    ),
    ...ENTRIES[order.status].map(([kind, step]) =>
      env.DB.prepare(
        "INSERT INTO ledger_entries (order_id, user_id, kind, step, amount, currency, items, actor_id, ordered_at, occurred_at) VALUES (?, ?, ?, ?, ?, 'USD', '[]', NULL, ?, ?)",
      ).bind(orderId(order.number), order.userId, kind, step, order.total, order.createdAt, order.createdAt),
    ),
  ]);
  for (let start = 0; start < statements.length; start += 200) await env.DB.batch(statements.slice(start, start + 200));
}

/** Turns it into a tombstone, as a deletion does. */
export async function removeOrder(number: number): Promise<void> {
  await env.DB.prepare("UPDATE orders SET deleted_at = 5, version = version + 1 WHERE id = ?")
    .bind(orderId(number))
    .run();
}

export async function emptyShop(): Promise<void> {
  await emptyLedger();
  await env.DB.batch(
    ["order_items", "orders", "snapshots", "products"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
}

export async function stockOf(id: string): Promise<number> {
  const row = await env.DB.prepare("SELECT stock FROM products WHERE id = ?").bind(id).first<{ stock: number }>();
  return row?.stock ?? Number.NaN;
}

/** A key that no other request uses. */
export function freshKey(): string {
  return crypto.randomUUID();
}

export function place(
  service: Service,
  items: readonly Item[],
  address: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return service.fetch("/v1/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": freshKey(), ...headers },
    body: JSON.stringify({ items, address_id: address }),
  });
}

/** Places an order and fails if it is refused. */
export async function placed(service: Service, items: readonly Item[], address = addressId(1)) {
  const response = await place(service, items, address);
  expect(response.status, await response.clone().text()).toBe(201);
  const order = await response.json<Order>();
  return { order, path: `/v1/orders/${order.id}`, etag: header(response, "ETag") };
}

export function take(
  service: Service,
  path: string,
  step: OrderStep,
  headers: Record<string, string> = {},
): Promise<Response> {
  return service.fetch(`${path}/${step}`, { method: "POST", headers: { "Idempotency-Key": freshKey(), ...headers } });
}

/** Everything that a write of an order can change. */
export async function shopState(): Promise<unknown> {
  const tables = [
    ...["orders", "order_items", "ledger_entries", "product_units", "account_units"],
    ...["products", "collections", "guards"],
  ];
  const results = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)));
  return results.map(({ results: rows }) => rows);
}
