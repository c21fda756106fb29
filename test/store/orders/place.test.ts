/** Placing orders: what is stored, what is refused, and how concurrent requests share the stock. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  bob,
  insertPeople,
  insertServiceAccount,
  lastRoundTrips,
  NOBODY,
  principalOf,
  serviceFor,
  stella,
  userId,
} from "../../features/accounts/people.ts";
import { problemOf } from "../../support/requests.ts";
import { ORIGIN, START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes, removeHome } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  insertProduct,
  type Order,
  orderId,
  place,
  placed,
  productId,
  SHIPPING_ADDRESS,
  shopState,
  stockOf,
  take,
} from "./shop.ts";

const LAMP = productId(1);
const RUG = productId(2);
const HOME = addressId(1);
const asAda = serviceFor(ada);

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1, { price: 1299, stock: 50 });
  await insertProduct(2, { price: 4000, stock: 3 });
});

describe("an order", () => {
  it("belongs to the caller, has the current prices and is available at Location", async () => {
    const response = await place(
      asAda,
      [
        { product_id: RUG, quantity: 3 },
        { product_id: LAMP, quantity: 2 },
      ],
      HOME,
    );
    expect(response.status).toBe(201);
    const order = await response.json<Order>();
    const time = new Date(START).toISOString();
    const usd = (amount: number) => ({ amount, currency: "USD" });
    expect(order).toEqual({
      id: expect.stringMatching(/^ord_/),
      user_id: ada.id,
      address_id: HOME,
      shipping_address: SHIPPING_ADDRESS,
      status: "placed",
      items: [
        { product_id: RUG, product_name: "Lamp 2", quantity: 3, unit_price: usd(4000), line_total: usd(12_000) },
        { product_id: LAMP, product_name: "Lamp 1", quantity: 2, unit_price: usd(1299), line_total: usd(2598) },
      ],
      total: usd(14_598),
      amount_paid: usd(0),
      amount_refunded: usd(0),
      expires_at: new Date(START + 30 * 60_000).toISOString(),
      created_at: time,
      updated_at: time,
    });
    const location = response.headers.get("Location") ?? "";
    expect(location).toBe(`${ORIGIN}/v1/orders/${order.id}`);
    const read = await asAda.fetch(location.slice(ORIGIN.length));
    expect(await read.json()).toEqual(order);
    expect(read.headers.get("ETag")).toBe(response.headers.get("ETag"));
  });

  it("reduces the stock, which counts as a change of the product", async () => {
    const before = await asAda.fetch(`/v1/products/${RUG}`);
    await placed(asAda, [{ product_id: RUG, quantity: 2 }]);
    const after = await asAda.fetch(`/v1/products/${RUG}`);
    expect(await after.json()).toMatchObject({ stock: 1, updated_at: new Date(START).toISOString() });
    expect(after.headers.get("ETag")).not.toBe(before.headers.get("ETag"));
    expect(await stockOf(LAMP)).toBe(50);
  });

  it("keeps its prices when the products' prices change", async () => {
    const { order, path } = await placed(asAda, [{ product_id: LAMP, quantity: 1 }]);
    await env.DB.prepare("UPDATE products SET price_amount = 1, version = version + 1").run();
    expect(await (await asAda.fetch(path)).json()).toEqual(order);
  });

  it("may cost nothing, and may have 30 items of 99 units", async () => {
    await insertProduct(3, { price: 0 });
    expect((await placed(asAda, [{ product_id: productId(3), quantity: 1 }])).order.total.amount).toBe(0);
    const numbers = Array.from({ length: 30 }, (_, index) => 100 + index);
    for (const number of numbers) await insertProduct(number, { price: 100_000_000, stock: 99 });
    const items = numbers.map((number) => ({ product_id: productId(number), quantity: 99 }));
    expect((await placed(asAda, items)).order.total.amount).toBe(297_000_000_000);
  });

  it("can be placed by a service for itself", async () => {
    const id = userId(50);
    await insertServiceAccount(id);
    await insertHomes(home(50, id));
    const service = serviceFor({ id, role: "customer" }, { kind: "service" });
    expect((await placed(service, [{ product_id: LAMP, quantity: 1 }], addressId(50))).order.user_id).toBe(id);
  });
});

describe("is refused and changes nothing:", () => {
  const one = { product_id: LAMP, quantity: 1 };

  it.each([
    [{ items: [] }, "#/items too-small"],
    [
      { items: Array.from({ length: 31 }, (_, index) => ({ product_id: productId(index), quantity: 1 })) },
      "#/items too-large",
    ],
    [{ items: [{ ...one, quantity: 0 }] }, "#/items/0/quantity too-small"],
    [{ items: [{ ...one, quantity: 100 }] }, "#/items/0/quantity too-large"],
    [{ items: [{ ...one, quantity: 1.5 }] }, "#/items/0/quantity wrong-type"],
    [{ items: [{ ...one, quantity: -1 }] }, "#/items/0/quantity too-small"],
    [{ items: [{ ...one, unit_price: { amount: 1, currency: "USD" } }] }, "#/items/0/unit_price unknown"],
    [{ items: [{ product_id: "nonsense", quantity: 1 }] }, "#/items/0/product_id invalid"],
    [{ items: [one, { ...one, quantity: 2 }] }, "#/items/1/product_id invalid"],
    [{ items: [one, { product_id: productId(99), quantity: 1 }] }, "#/items/1/product_id unknown"],
    [{ address_id: addressId(2) }, "#/address_id unknown"],
    [{ address_id: addressId(99) }, "#/address_id unknown"],
    [{ user_id: bob.id }, "#/user_id unknown"],
    [{ status: "paid" }, "#/status unknown"],
    [{ total: { amount: 1, currency: "USD" } }, "#/total unknown"],
    [{ id: orderId(1) }, "#/id unknown"],
  ])("I04 422 for %j", async (change, fault) => {
    const before = await shopState();
    const response = await asAda.fetch("/v1/orders", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
      body: JSON.stringify({ items: [one], address_id: HOME, ...change }),
    });
    const { errors = [] } = await problemOf(response);
    expect(response.status).toBe(422);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([fault]);
    expect(await shopState()).toEqual(before);
  });

  it("G05 reports all unknown products and the address together", async () => {
    const items = [{ product_id: productId(98), quantity: 1 }, one, { product_id: productId(99), quantity: 1 }];
    const { errors = [] } = await problemOf(await place(asAda, items, addressId(2)));
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      "#/items/0/product_id",
      "#/items/2/product_id",
      "#/address_id",
    ]);
  });

  it("422 for a deleted product or address", async () => {
    await env.DB.prepare("UPDATE products SET deleted_at = 5 WHERE id = ?").bind(LAMP).run();
    expect((await place(asAda, [one], HOME)).status).toBe(422);
    await removeHome(HOME);
    const { errors = [] } = await problemOf(await place(asAda, [one], HOME));
    expect(errors).toHaveLength(2);
  });

  it("409 out-of-stock with the affected item", async () => {
    const before = await shopState();
    const response = await place(asAda, [one, { product_id: RUG, quantity: 4 }], HOME);
    expect(response.status).toBe(409);
    expect(await problemOf(response)).toMatchObject({
      code: "OUT_OF_STOCK",
      errors: [{ pointer: "#/items/1/quantity", code: "out-of-stock", detail: "`quantity` exceeds the stock of 3." }],
    });
    expect(await shopState()).toEqual(before);
  });

  it("401 without a token, 403 without the scope or the account", async () => {
    expect((await place(startService(), [one], HOME)).status).toBe(401);
    const withoutScope = await place(serviceFor(ada, { scopes: ["orders:read"] }), [one], HOME);
    expect(withoutScope.status).toBe(403);
    expect(withoutScope.headers.get("WWW-Authenticate")).toContain('scope="orders:write"');
    // The account was deleted, but its token is still accepted for seconds.
    await env.DB.prepare("UPDATE users SET deleted_at = 5 WHERE id = ?").bind(ada.id).run();
    expect((await place(asAda, [one], HOME)).status).toBe(403);
    const stranger = startService({ as: principalOf({ id: NOBODY, role: "customer" }) });
    expect((await place(stranger, [one], HOME)).status).toBe(422);
  });
});

describe("concurrent orders", { timeout: 60_000 }, () => {
  it("of 100 for 50 units exactly 50 succeed, the others get out-of-stock, and no unit is lost", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => place(asAda, [{ product_id: LAMP, quantity: 1 }], HOME)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 409)).toHaveLength(50);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(await problemOf(answer)).toMatchObject({ code: "OUT_OF_STOCK" });
    }
    expect(await stockOf(LAMP)).toBe(0);
    const counts = await env.DB.prepare(
      "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT sum(quantity) FROM order_items) AS units",
    ).first();
    expect(counts).toEqual({ orders: 50, units: 50 });
  });

  it("with several products are never placed partially", async () => {
    const both = [
      { product_id: LAMP, quantity: 1 },
      { product_id: RUG, quantity: 1 },
    ];
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(asAda, both, HOME)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await stockOf(RUG)).toBe(0);
    expect(await stockOf(LAMP)).toBe(47);
  });
});

describe("concurrent orders and cancellations", { timeout: 60_000 }, () => {
  it("preserve the sum of stock and sold units, and none fails with a server error", async () => {
    await env.DB.prepare("UPDATE products SET stock = 6 WHERE id = ?").bind(RUG).run();
    const item = { product_id: RUG, quantity: 2 };
    const clients = Array.from({ length: 12 }, async () => {
      const statuses: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        const response = await place(asAda, [item], HOME);
        statuses.push(response.status);
        if (response.status !== 201) continue;
        const { id } = await response.json<Order>();
        statuses.push((await take(asAda, `/v1/orders/${id}`, "cancel")).status);
      }
      return statuses;
    });
    const statuses = (await Promise.all(clients)).flat();
    expect(statuses.filter((status) => ![200, 201, 409].includes(status))).toEqual([]);
    expect(statuses.filter((status) => status === 200).length).toBe(statuses.filter((status) => status === 201).length);
    expect(await stockOf(RUG)).toBe(6);
  });
});

describe("a change between the read and the write", () => {
  /** A database that calls `meanwhile` after each read of the products. */
  function withInterruption(meanwhile: () => Promise<void>): D1Database {
    return new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
        return async (statements: D1PreparedStatement[]) => {
          const answers = await target.batch(statements);
          if (statements.length === 3) await meanwhile();
          return answers;
        };
      },
    });
  }

  it("is detected: the order has the new price", async () => {
    let changes = 0;
    const database = withInterruption(async () => {
      changes += 1;
      if (changes === 1) await env.DB.prepare("UPDATE products SET price_amount = 77 WHERE id = ?").bind(LAMP).run();
    });
    const service = startService({ as: principalOf(ada), bindings: { DB: database } });
    const { order } = await placed(service, [{ product_id: LAMP, quantity: 2 }]);
    expect(order.total.amount).toBe(154);
    expect(changes).toBe(2);
  });

  it("is detected: a deleted product is 422, a reduced stock is out-of-stock", async () => {
    const gone = withInterruption(async () => {
      await env.DB.prepare("UPDATE products SET deleted_at = 5 WHERE id = ?").bind(LAMP).run();
    });
    const items = [{ product_id: LAMP, quantity: 2 }];
    expect((await place(startService({ as: principalOf(ada), bindings: { DB: gone } }), items, HOME)).status).toBe(422);
    await env.DB.prepare("UPDATE products SET deleted_at = NULL").run();
    const taken = withInterruption(async () => {
      await env.DB.prepare("UPDATE products SET stock = 1 WHERE id = ?").bind(LAMP).run();
    });
    const response = await place(startService({ as: principalOf(ada), bindings: { DB: taken } }), items, HOME);
    expect(await problemOf(response)).toMatchObject({ code: "OUT_OF_STOCK" });
  });

  it("leads to 503 after three attempts, with nothing stored", async () => {
    let price = 1;
    const changing = withInterruption(async () => {
      price += 1;
      await env.DB.prepare("UPDATE products SET price_amount = ? WHERE id = ?").bind(price, LAMP).run();
    });
    const service = startService({ as: principalOf(ada), bindings: { DB: changing } });
    const response = await place(service, [{ product_id: LAMP, quantity: 1 }], HOME);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(price).toBe(4);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM orders").first()).toEqual({ n: 0 });
    expect(await stockOf(LAMP)).toBe(50);
  });
});

describe("the cost of placing an order", () => {
  it("is two round trips, one if it is refused after the read, and none if it is invalid", async () => {
    const service = serviceFor(ada);
    await placed(service, [
      { product_id: LAMP, quantity: 1 },
      { product_id: RUG, quantity: 1 },
    ]);
    expect(lastRoundTrips(service)).toBe(2);
    await place(service, [{ product_id: RUG, quantity: 99 }], HOME);
    expect(lastRoundTrips(service)).toBe(1);
    await place(service, [], HOME);
    expect(lastRoundTrips(service)).toBe(0);
  });
});
