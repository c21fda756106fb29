/** The migration that adds the history of orders: what it does to existing orders, addresses and products. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";

const { TEST_MIGRATIONS, REPLICA } = env as Env & { TEST_MIGRATIONS: D1Migration[]; REPLICA: D1Database }; // bound only in vitest.config.ts
const OWN = "0008_";
const DAY_MS = 86_400_000;

type Row = readonly [id: string, status: string, version: number, address: string];

const ORDERS: readonly Row[] = [
  ["ord_1", "placed", 1, "addr_1"],
  ["ord_2", "paid", 2, "addr_gone"],
  ["ord_3", "shipped", 3, "addr_1"],
  ["ord_4", "delivered", 4, "addr_empty"],
  ["ord_5", "cancelled", 2, "addr_1"],
  ["ord_6", "cancelled", 3, "addr_1"],
  ["ord_7", "refunded", 3, "addr_1"],
];

const before = Date.now();

beforeAll(async () => {
  const isOlder = ({ name }: D1Migration) => name < OWN;
  await applyD1Migrations(REPLICA, TEST_MIGRATIONS.filter(isOlder));
  const run = (sql: string, ...values: unknown[]) => REPLICA.prepare(sql).bind(...values);
  const product = (id: string, stock: number, deletedAt: number | null) =>
    run(
      "INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at, deleted_at) VALUES (?, ?, '', 'lamps', 'acme', 100, 'USD', ?, 1, 1, ?)",
      id,
      `Name of ${id}`,
      stock,
      deletedAt,
    );
  const address = (id: string, name: string, deletedAt: number | null) =>
    run(
      "INSERT INTO addresses (id, user_id, name, line1, line2, city, postal_code, country, created_at, updated_at, deleted_at) VALUES (?, 'user_1', ?, 'A 1', ?, 'B', '1', 'DE', 1, 1, ?)",
      id,
      name,
      id === "addr_gone" ? "Apt 7" : null,
      deletedAt,
    );
  await REPLICA.batch([
    run(
      "INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES ('user_1', 'a@example.com', 'A', 'customer', 1, 1)",
    ),
    product("prod_1", 1_000_000_005, null),
    product("prod_2", 5, 9),
    product("prod_3", 1_000_000_000, null),
    address("addr_1", "Ada", null),
    address("addr_gone", "Ada", 5),
    address("addr_empty", "", 5),
    ...ORDERS.flatMap(([id, status, version, addressOf], index) => [
      run(
        "INSERT INTO orders (id, user_id, address_id, status, total_amount, total_currency, version, created_at, updated_at) VALUES (?, 'user_1', ?, ?, 300, 'USD', ?, ?, ?)",
        ...[id, addressOf, status, version, 100 + index, 200 + index],
      ),
      run("INSERT INTO order_items VALUES (?, 0, 'prod_1', 2, 100, 'USD')", id),
      run("INSERT INTO order_items VALUES (?, 1, 'prod_2', 1, 100, 'USD')", id),
    ]),
  ]);
  await applyD1Migrations(REPLICA, TEST_MIGRATIONS);
});

async function all<T = Record<string, unknown>>(sql: string): Promise<T[]> {
  return (await REPLICA.prepare(sql).all<T>()).results;
}

it("copies addresses, also deleted ones, but not the emptied addresses of deleted accounts", async () => {
  const rows = await all<{ id: string; shipping_address: string | null }>("SELECT * FROM orders ORDER BY id");
  const copy = { name: "Ada", line1: "A 1", city: "B", postal_code: "1", country: "DE" };
  expect(rows.map(({ shipping_address }) => JSON.parse(shipping_address ?? "null"))).toEqual(
    ORDERS.map(([, , , address]) =>
      address === "addr_empty" ? null : address === "addr_gone" ? { ...copy, line2: "Apt 7" } : copy,
    ),
  );
});

it("copies the names of products, also deleted ones", async () => {
  expect(await all("SELECT DISTINCT product_id, product_name, category, brand FROM order_items ORDER BY 1")).toEqual([
    { product_id: "prod_1", product_name: "Name of prod_1", category: "lamps", brand: "acme" },
    { product_id: "prod_2", product_name: "Name of prod_2", category: "lamps", brand: "acme" },
  ]);
});

it("records payments and refunds, including the missing refund of a cancelled paid order", async () => {
  const entries = await all(
    "SELECT order_id, kind, step, amount, actor_id, occurred_at FROM ledger_entries ORDER BY order_id, kind",
  );
  const of = (order_id: string, kind: string, step: string, actor_id: string | null, occurred_at: number) => ({
    ...{ order_id, kind, step, amount: 300, actor_id, occurred_at },
  });
  expect(entries).toEqual([
    of("ord_2", "payment", "pay", "user_1", 201),
    of("ord_3", "payment", "pay", "user_1", 102),
    of("ord_4", "payment", "pay", "user_1", 103),
    of("ord_6", "payment", "pay", "user_1", 105),
    of("ord_6", "refund", "cancel", null, 205),
    of("ord_7", "payment", "pay", "user_1", 106),
    of("ord_7", "refund", "refund", null, 206),
  ]);
  const times = await all<{ occurred_at: number }>("SELECT occurred_at FROM ledger_entries ORDER BY seq");
  expect(times.map(({ occurred_at }) => occurred_at)).toEqual([102, 103, 105, 106, 201, 205, 206]);
  expect(await all("SELECT id, amount_paid, amount_refunded FROM orders ORDER BY id")).toEqual(
    ORDERS.map(([id, status, version]) => {
      const isRefunded = status === "refunded" || (version === 3 && status === "cancelled");
      const isPaid = isRefunded || ["paid", "shipped", "delivered"].includes(status);
      return { id, amount_paid: isPaid ? 300 : 0, amount_refunded: isRefunded ? 300 : 0 };
    }),
  );
});

it("gives unpaid orders a deadline of a day, and other orders none", async () => {
  const rows = await all<{ id: string; expires_at: number | null }>("SELECT id, expires_at FROM orders ORDER BY id");
  expect(rows.filter(({ expires_at }) => expires_at !== null).map(({ id }) => id)).toEqual(["ord_1"]);
  expect(rows[0]?.expires_at).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000 + DAY_MS);
});

it("counts the units of open orders and reduces stock so that they fit below the maximum", async () => {
  expect(await all("SELECT * FROM product_units ORDER BY product_id")).toEqual([
    { product_id: "prod_1", open_units: 4, unpaid_units: 2 },
    { product_id: "prod_2", open_units: 2, unpaid_units: 1 },
  ]);
  expect(await all("SELECT * FROM account_units")).toEqual([{ user_id: "user_1", unpaid_units: 3 }]);
  expect(await all("SELECT id, stock, version FROM products ORDER BY id")).toEqual([
    { id: "prod_1", stock: 999_999_996, version: 2 },
    { id: "prod_2", stock: 5, version: 1 },
    { id: "prod_3", stock: 1_000_000_000, version: 1 },
  ]);
});
