/**
 * The service as `npm start` runs it, over real HTTP: 200 identical requests for an order, more orders than units in
 * stock, and a kill under load, after which every key is sent again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faultsAgainst, faultsWithin, readBooks } from "../../../scripts/soak/books.ts";
import { Client } from "../../../scripts/soak/client.ts";
import { type Intent, Ledger } from "../../../scripts/soak/ledger.ts";
import { OwnServer } from "../../../scripts/soak/server.ts";
import { prepareShop, type Shop, withDatabase } from "../../../scripts/soak/shop.ts";
import { freePort } from "../../e2e/start-process.ts";

const STOCK = [1000, 10, 50];
const KEYS = 300;
const CONNECTIONS = 48;

/** The service is killed after this number of acknowledged orders. */
const KILL_AFTER = 40;

/** Less than the time for which a client retries one key. A lease lasts 30 seconds of real time. */
const LONG_MS = 180_000;

const directory = mkdtempSync(join(tmpdir(), "sluice-crash-"));
const ledger = new Ledger();
let shop: Shop;
let server: OwnServer;
let client: Client;
/** Settles when every key of the load has its final response. */
let everyKey: Promise<unknown>;

function order(key: string, product: number, quantity = 1): Intent {
  const [customer] = shop.customers;
  const items = [{ product_id: shop.products[product]?.id, quantity }];
  const body = { items, address_id: customer?.addressId };
  return { kind: "place", key, email: customer?.email ?? "", path: "/v1/orders", body };
}

async function unitsOf(product: number): Promise<number> {
  const response = await fetch(`${origin}/v1/products/${shop.products[product]?.id}`);
  return ((await response.json()) as { readonly stock: number }).stock; // a product
}

let origin = "";

beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  shop = await prepareShop(directory, STOCK);
  server = new OwnServer(port, directory);
  client = new Client(origin, ledger);
  await server.start();
});

afterAll(async () => {
  await server.kill();
  rmSync(directory, { recursive: true, force: true });
});

// The order matters: the leases of the requests that the kill interrupted expire while the other tests run.
describe("a service that is killed under load", () => {
  it("keeps every order that it acknowledged", { timeout: LONG_MS }, async () => {
    const waiting = Array.from({ length: KEYS }, (_, index) => order(`load-${index}`, 0, 1 + (index % 3)));
    const isBusy = Promise.withResolvers<void>();
    everyKey = Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let intent = waiting.pop(); intent !== undefined; intent = waiting.pop()) {
          await client.carryThrough(intent);
          if (ledger.outcomes.length >= KILL_AFTER) isBusy.resolve();
        }
      }),
    );
    await isBusy.promise;
    const acknowledged = ledger.outcomes;
    await server.killAtWrite();
    expect(ledger.outcomes.length).toBeLessThan(KEYS);

    const books = await withDatabase(directory, readBooks);
    expect(faultsWithin(books, shop.products, initialStock())).toEqual([]);
    const there = new Set(books.orders.map(({ id }) => id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILL_AFTER);
    for (const { key, orderId } of acknowledged) expect(there.has(orderId), `${key}: ${orderId}`).toBe(true);
    await server.start();
  });

  it("A09 creates one order for 200 identical concurrent requests", async () => {
    const before = await unitsOf(1);
    const results = await Promise.all(Array.from({ length: 200 }, () => client.send(order("the-same", 1, 3))));
    const responses = results.flatMap((each) => ("outcome" in each ? [each.outcome] : []));
    expect(responses.length).toBeGreaterThan(0);
    expect(new Set(responses.map(({ orderId, status }) => `${status} ${orderId}`)).size).toBe(1);
    expect(responses[0]).toMatchObject({ status: 201, isAccepted: true });
    // All others got `Retry-After`. A retry returns the same response.
    expect(results.filter((each) => "waitMs" in each).every((each) => each.waitMs === 1000)).toBe(true);
    expect(await client.carryThrough(order("the-same", 1, 3))).toEqual(responses[0]);
    expect(await unitsOf(1)).toBe(before - 3);
  });

  it("sells 50 units to 50 of 100 concurrent requests", async () => {
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => client.carryThrough(order(`scarce-${index}`, 2))),
    );
    const statuses = responses.map((each) => each?.status);
    expect([
      statuses.filter((status) => status === 201).length,
      statuses.filter((status) => status === 409).length,
    ]).toEqual([50, 50]);
    expect(await unitsOf(2)).toBe(0);
  });

  it("A15 gives every key a final response and creates one order for each", { timeout: LONG_MS }, async () => {
    await everyKey;
    expect(ledger.countOf("no answer")).toBeGreaterThan(0);
    const replays = ledger.countOf("replays");
    const keys = Array.from({ length: KEYS }, (_, index) => order(`load-${index}`, 0, 1 + (index % 3)));
    for (let index = 0; index < KEYS; index += CONNECTIONS) {
      await Promise.all(keys.slice(index, index + CONNECTIONS).map((intent) => client.carryThrough(intent)));
    }
    expect(ledger.countOf("replays")).toBe(replays + KEYS);

    await server.stop();
    const books = await withDatabase(directory, readBooks);
    expect(faultsWithin(books, shop.products, initialStock())).toEqual([]);
    expect(faultsAgainst(books, ledger.outcomes)).toEqual([]);
    expect(ledger.faults).toEqual([]);
    expect(books.orders.length).toBe(KEYS + 1 + 50);
    const sold = Array.from({ length: KEYS }, (_, index) => 1 + (index % 3)).reduce((sum, units) => sum + units, 0);
    expect([...books.stock.values()].toSorted((a, b) => a - b)).toEqual([0, 7, 1000 - sold]);
  });
});

function initialStock(): Map<string, number> {
  return new Map(shop.products.map(({ id }, index) => [id, STOCK[index] ?? 0]));
}
