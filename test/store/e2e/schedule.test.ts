/**
 * The local server runs the scheduled tasks of a deployment: an unpaid order that expired while it was stopped is
 * cancelled.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { dueAt } from "../../../scripts/local/schedule.ts";
import { prepareShop, withDatabase } from "../../../scripts/soak/shop.ts";
import { freePort, start } from "../../e2e/start-process.ts";

const PROJECT_DIRECTORY = join(import.meta.dirname, "../../..");
const MINUTE_MS = 60_000;
const directory = mkdtempSync(join(tmpdir(), "sluice-schedule-"));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it("knows each trigger of wrangler.toml and its schedule", () => {
  const configuration = readFileSync(join(PROJECT_DIRECTORY, "wrangler.toml"), "utf8");
  const [, list = "[]"] = /^crons = (\[.*\])$/m.exec(configuration) ?? [];
  expect(dueAt(0)).toEqual(JSON.parse(list));
  expect([1, 14, 15, 16, 30].map((minute) => dueAt(minute * MINUTE_MS).length)).toEqual([1, 1, 2, 1, 2]);
});

it("cancels expired orders and keeps orders without a deadline", async () => {
  const { customers, products } = await prepareShop(directory, [5]);
  const [customer] = customers;
  const product = products[0]?.id ?? "";
  const order = "ord_01hk2nvj80e8ev3rx100000001";
  const placedOf = "SELECT count(*) AS n FROM orders WHERE status = 'placed'";
  const before = await withDatabase(directory, async (database) => {
    await database.batch([
      [
        "INSERT INTO orders (id, user_id, address_id, status, total_amount, total_currency, created_at, updated_at, expires_at) VALUES (?, ?, ?, 'placed', 100, 'USD', 1, 1, 2)",
        order,
        customer?.userId ?? "",
        customer?.addressId ?? "",
      ],
      ["INSERT INTO order_items VALUES (?, 0, ?, 3, 100, 'USD', 'Lamp', 'lamps', 'acme')", order, product],
    ]);
    const [rows = []] = await database.batch([[placedOf]]);
    return Number(rows[0]?.["n"]);
  });
  const port = await freePort();
  const service = start("--port", String(port), "--state", directory);
  try {
    await service.lineThatBegins("ready on ");
    const stock = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/products/${product}`);
      return ((await response.json()) as { readonly stock: number }).stock; // a product
    };
    await expect.poll(stock, { timeout: 90_000 }).toBe(8);
  } finally {
    service.child.kill("SIGINT");
    await service.exited;
  }
  const after = await withDatabase(directory, async (database) => {
    const [rows = [], cancelled = []] = await database.batch([
      [placedOf],
      ["SELECT status FROM orders WHERE id = ?", order],
    ]);
    expect(cancelled).toEqual([{ status: "cancelled" }]);
    return Number(rows[0]?.["n"]);
  });
  expect(after).toBe(before - 1);
});
