/** Orders happen exactly once: placed and paid under one key, however requests are repeated, raced or lost. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { insertPeople, person, userId } from "../../features/accounts/people.ts";
import { type ServiceOptions, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { freshKey, insertProduct, type Order, place, stockOf, take } from "../orders/shop.ts";

const LEASE_MS = 30_000;

const ada: Principal = {
  kind: "user",
  id: userId(1),
  roles: ["customer"],
  scopes: ["orders:read", "orders:write"],
  credential: "token",
};

const start = (options: ServiceOptions = {}) => startService({ as: ada, ...options });
const isReplay = (response: Response) => response.headers.get("Idempotent-Replayed") === "true";
const header = (key: string) => ({ "Idempotency-Key": key });
const countOrders = () => env.DB.prepare("SELECT count(*) AS n FROM orders").first<number>("n");

let products = 0;

/** A product that no other test orders. */
async function newProduct(stock = 50): Promise<string> {
  products += 1;
  return insertProduct(products, { stock });
}

/** The request dies at the point, without a response. */
async function die(point: FaultPoint, send: (service: ReturnType<typeof start>) => Promise<Response>): Promise<void> {
  await new Promise<void>((resolve) => {
    const faults = (at: FaultPoint) => {
      if (at !== point) return Promise.resolve();
      resolve();
      return new Promise<never>(() => {});
    };
    void send(start({ dependencies: { faults } }));
  });
}

beforeAll(async () => {
  await insertPeople(person(1));
  await insertHomes(home(1, userId(1)));
});

describe("an order", () => {
  it("A01 is neither placed nor paid without a key", async () => {
    const product = await newProduct();
    const order = await (await place(start(), [{ product_id: product, quantity: 1 }], addressId(1))).json<Order>();
    const body = JSON.stringify({ items: [{ product_id: product, quantity: 1 }], address_id: addressId(1) });
    const headers = { "Content-Type": "application/json" };
    expect((await start().fetch("/v1/orders", { method: "POST", headers, body })).status).toBe(400);
    expect((await start().fetch(`/v1/orders/${order.id}/pay`, { method: "POST" })).status).toBe(400);
    expect(await stockOf(product)).toBe(49);
  });

  it("A09 sent 200 times concurrently is one order and one change of stock", async () => {
    const [product, key, before] = [await newProduct(), freshKey(), await countOrders()];
    const send = () => place(start(), [{ product_id: product, quantity: 2 }], addressId(1), header(key));
    const answers = await Promise.all(Array.from({ length: 200 }, send));
    expect(answers.filter((answer) => answer.status === 201 && !isReplay(answer))).toHaveLength(1);
    const others = answers.filter((answer) => answer.status !== 201);
    expect(others.every((answer) => answer.status === 409 && answer.headers.get("Retry-After") === "1")).toBe(true);
    expect(isReplay(await send())).toBe(true);
    expect([await countOrders(), await stockOf(product)]).toEqual([(before ?? 0) + 1, 48]);
  });

  it("A08 is the same if its JSON is serialized differently", async () => {
    const [product, key] = [await newProduct(), freshKey()];
    const first = await place(start(), [{ product_id: product, quantity: 1 }], addressId(1), header(key));
    const again = await start().fetch("/v1/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...header(`"${key}"`) },
      body: `{ "address_id": "${addressId(1)}", "items": [ { "quantity": 1e0, "product_id": "${product}" } ] }`,
    });
    expect([again.status, isReplay(again), await again.text()]).toEqual([201, true, await first.text()]);
    expect(await stockOf(product)).toBe(49);
  });

  it("A12 refused for lack of stock is refused again, although the stock has increased", async () => {
    const [product, key] = [await newProduct(1), freshKey()];
    const send = () => place(start(), [{ product_id: product, quantity: 2 }], addressId(1), header(key));
    const first = await send();
    await env.DB.prepare("UPDATE products SET stock = 9 WHERE id = ?").bind(product).run();
    const again = await send();
    expect([first.status, again.status, isReplay(again)]).toEqual([409, 409, true]);
    expect(await stockOf(product)).toBe(9);
  });

  it.each<[FaultPoint, number]>([
    ["after-claim", 0],
    ["before-batch", 0],
    ["after-batch", 1],
    ["before-complete", 1],
  ])("A15 is placed exactly once if its request dies %s", async (point, taken) => {
    const [product, key] = [await newProduct(), freshKey()];
    const send = (service: ReturnType<typeof start>) =>
      place(service, [{ product_id: product, quantity: 1 }], addressId(1), header(key));
    await die(point, send);
    expect(await stockOf(product)).toBe(50 - taken);
    const service = start();
    expect((await send(service)).status).toBe(409);
    service.advance(LEASE_MS);
    const again = await send(service);
    expect([again.status, isReplay(again)]).toEqual([201, taken === 1]);
    const order = await again.json<Order>();
    expect(again.headers.get("Location")).toContain(`/v1/orders/${order.id}`);
    expect(order).toMatchObject({ status: "placed", user_id: userId(1), items: [{ product_id: product }] });
    expect([isReplay(await send(service)), await stockOf(product)]).toEqual([true, 49]);
  });

  it("A05 A15 is paid once: by a repeated request, with another key, and after a crash", async () => {
    const product = await newProduct();
    const order = await (await place(start(), [{ product_id: product, quantity: 1 }], addressId(1))).json<Order>();
    const path = `/v1/orders/${order.id}`;
    const key = freshKey();
    await die("after-batch", (service) => take(service, path, "pay", header(key)));
    const service = start();
    expect((await take(service, path, "pay", header(key))).status).toBe(409);
    expect((await take(service, path, "pay")).status).toBe(409);
    service.advance(LEASE_MS);
    const first = await take(service, path, "pay", header(key));
    const again = await take(service, path, "pay", header(key));
    expect([first.status, again.status, isReplay(first), isReplay(again)]).toEqual([200, 200, true, true]);
    expect(await first.json<Order>()).toMatchObject({ status: "paid" });
  });

  it("A20 costs two record calls and two round trips, and a replay one and none", async () => {
    const calls: string[] = [];
    const getByName = (name: string) =>
      new Proxy(env.IDEMPOTENCY_RECORDS.getByName(name), {
        get(target, member) {
          return (...args: unknown[]) => {
            calls.push(String(member));
            const method = Reflect.get(target, member) as (...all: unknown[]) => unknown; // all members that are called are methods
            return method(...args);
          };
        },
      });
    const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // the service calls no other member
    const service = start({ bindings });
    const [product, key] = [await newProduct(), freshKey()];
    const send = () => place(service, [{ product_id: product, quantity: 1 }], addressId(1), header(key));
    const cost = () => [calls.splice(0).length, JSON.parse(service.logs.at(-1) ?? "{}")["db.round_trips"]];
    const order = await (await send()).json<Order>();
    expect(cost()).toEqual([2, 2]);
    await send();
    expect(cost()).toEqual([1, 0]);
    const pay = () => take(service, `/v1/orders/${order.id}`, "pay", header(key));
    await pay();
    expect(cost()).toEqual([2, 2]);
    await pay();
    expect(cost()).toEqual([1, 0]);
  });
});
