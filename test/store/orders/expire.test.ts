/** Unpaid orders expire: their units return to stock exactly once, even with concurrent requests. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { ada, insertPeople, principalOf, serviceFor, stella } from "../../features/accounts/people.ts";
import { header, problemOf } from "../../support/requests.ts";
import { type Service, START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { tick } from "../support/clock.ts";
import { emptyPeople } from "../support/people.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  type Order,
  orderId,
  placed,
  productId,
  stockOf,
  stored,
  take,
} from "./shop.ts";

const MINUTE_MS = 60_000;
const DEADLINE = START + 30 * MINUTE_MS;
const LAMP = productId(1);
const RUG = productId(2);
const HAL = "application/hal+json";

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, stella);
  await insertHomes(home(1, ada.id));
  await insertProduct(1, { stock: 10 });
  await insertProduct(2, { stock: 10 });
});

/** A service whose clock shows that time. */
function at(now: number, who = ada, faults?: (point: string) => Promise<void>): Service {
  return startService({
    as: principalOf(who),
    dependencies: { now: () => now, ...(faults === undefined ? {} : { faults }) },
  });
}

async function placedBoth(): Promise<{ path: string; order: Order }> {
  return placed(at(START), [
    { product_id: LAMP, quantity: 3 },
    { product_id: RUG, quantity: 2 },
  ]);
}

async function read(path: string): Promise<Order> {
  return (await serviceFor(ada).fetch(path)).json();
}

async function rowOf(id: string) {
  return env.DB.prepare("SELECT status, version, expired_at, amount_paid FROM orders WHERE id = ?").bind(id).first();
}

async function stocks(): Promise<number[]> {
  return Promise.all([stockOf(LAMP), stockOf(RUG)]);
}

describe("the deadline of a payment", () => {
  it("is 30 minutes after placing and is shown until the order is paid", async () => {
    const { order, path } = await placedBoth();
    expect(order.expires_at).toBe(new Date(DEADLINE).toISOString());
    expect((await read(path)).expires_at).toBe(order.expires_at);
    const paid = await take(at(DEADLINE - 1), path, "pay");
    expect(paid.status).toBe(200);
    expect(await paid.json()).not.toHaveProperty("expires_at");
    expect(await read(path)).not.toHaveProperty("expires_at");
  });

  it.each([
    [DEADLINE - 1, 200],
    [DEADLINE, 409],
    [DEADLINE + 1, 409],
  ])("a payment at %i is %i while the order is not cancelled yet", async (now, status) => {
    const { order, path } = await placedBoth();
    const response = await take(at(now), path, "pay");
    expect(response.status).toBe(status);
    if (status === 200) return;
    const refusal = await problemOf(response);
    expect(refusal.code).toBe("INVALID_TRANSITION");
    expect(refusal.detail).toContain(order.expires_at);
    expect(await rowOf(order.id)).toMatchObject({ status: "placed", version: 1, amount_paid: 0 });
  });

  it.each([
    [DEADLINE - 1, "placed", [7, 8]],
    [DEADLINE, "cancelled", [10, 10]],
  ])("a run at %i leaves the order %s", async (now, status, left) => {
    const { order, path } = await placedBoth();
    await tick(now);
    expect((await read(path)).status).toBe(status);
    expect(await stocks()).toEqual(left);
    const row = await rowOf(order.id);
    expect(row?.["expired_at"]).toBe(status === "cancelled" ? now : null);
  });

  it("is configurable", async () => {
    const bindings = { SLUICE_ORDER_EXPIRY_MINUTES: "2" } as unknown as Partial<Env>; // the types have only the defaults
    const service = startService({ as: principalOf(ada), bindings });
    const { order } = await placed(service, [{ product_id: LAMP, quantity: 1 }]);
    expect(order.expires_at).toBe(new Date(START + 2 * MINUTE_MS).toISOString());
  });

  it("no longer applies after a cancellation by the owner, which returns the units", async () => {
    const { order, path } = await placedBoth();
    expect((await take(at(DEADLINE + 5), path, "cancel")).status).toBe(200);
    await tick(DEADLINE + MINUTE_MS);
    expect(await stocks()).toEqual([10, 10]);
    expect(await rowOf(order.id)).toMatchObject({ status: "cancelled", version: 2, expired_at: null });
  });

  it("does not exist for an order without one", async () => {
    await insertOrders(stored(1, ada.id));
    await tick(START + 1e12);
    expect((await read(`/v1/orders/${orderId(1)}`)).status).toBe("placed");
    expect((await take(at(START + 1e11), `/v1/orders/${orderId(1)}`, "pay")).status).toBe(200);
  });
});

describe("an order that expired", () => {
  it("is cancelled in every representation, has new tags and allows no transition", async () => {
    const { path } = await placedBoth();
    const service = at(DEADLINE + 1);
    const [tag, listTag] = [
      header(await service.fetch(path), "ETag"),
      header(await service.fetch("/v1/orders"), "ETag"),
    ];
    await tick(DEADLINE);
    const response = await service.fetch(path, { headers: { "If-None-Match": tag } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "cancelled", updated_at: new Date(DEADLINE).toISOString() });
    const list = await service.fetch("/v1/orders?filter[status]=cancelled", { headers: { "If-None-Match": listTag } });
    expect((await list.json<{ data: Order[] }>()).data).toHaveLength(1);
    const hal = await (await service.fetch(path, { headers: { Accept: HAL } })).json<{ _links: object }>();
    expect(Object.keys(hal._links)).toEqual(["self"]);
    expect((await take(service, path, "pay")).status).toBe(409);
    expect((await take(service, path, "cancel")).status).toBe(409);
  });

  it("returns no unit of a deleted product and does not block other orders", async () => {
    const { path } = await placedBoth();
    await env.DB.prepare("UPDATE products SET deleted_at = 9 WHERE id = ?").bind(RUG).run();
    await tick(DEADLINE);
    expect((await read(path)).status).toBe("cancelled");
    expect(await stocks()).toEqual([10, 8]);
  });
});

describe("HAL between the deadline and the next run", () => {
  const STEPS = [
    [DEADLINE - 1, ["self", "pay", "cancel"]],
    [DEADLINE, ["self", "cancel"]],
  ] as const;

  it.each(STEPS)("has at %i the links %j", async (now, links) => {
    const { path } = await placedBoth();
    const service = at(now);
    const one = await (await service.fetch(path, { headers: { Accept: HAL } })).json<{ _links: object }>();
    expect(Object.keys(one._links)).toEqual(links);
    const list = await (await service.fetch("/v1/orders", { headers: { Accept: HAL } })).json<{
      _embedded: { orders: { _links: object }[] };
    }>();
    expect(Object.keys(list._embedded.orders[0]?._links ?? {})).toEqual(links);
  });

  it.each(["", "?include=user", "?fields=status"])(
    "C09 has another tag than before the deadline: %s",
    async (query) => {
      const { path } = await placedBoth();
      for (const target of [`${path}${query}`, `/v1/orders${query}`]) {
        const headers = { Accept: HAL };
        const tag = header(await at(DEADLINE - 1).fetch(target, { headers }), "ETag");
        const conditional = { headers: { ...headers, "If-None-Match": tag } };
        expect((await at(DEADLINE - 1).fetch(target, conditional)).status).toBe(304);
        expect((await at(DEADLINE).fetch(target, conditional)).status).toBe(200);
        const json = header(await at(DEADLINE - 1).fetch(target), "ETag");
        expect((await at(DEADLINE).fetch(target, { headers: { "If-None-Match": json } })).status).toBe(304);
      }
    },
  );
});

describe("concurrent requests", { timeout: 60_000 }, () => {
  it("exactly one of a payment in time and a run takes the order", async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const before = await stocks();
      const { order, path } = await placedBoth();
      const run = () => tick(DEADLINE);
      const pay = () => take(at(DEADLINE - 1), path, "pay");
      const [paid] = await (round % 2 === 0
        ? Promise.all([pay(), run()])
        : Promise.all([run(), pay()]).then(([ran, response]) => [response, ran] as const));
      const row = await rowOf(order.id);
      outcomes.add(String(row?.["status"]));
      if (paid.status === 200) {
        expect(row).toMatchObject({ status: "paid", amount_paid: order.total.amount, version: 2 });
        expect((await take(at(DEADLINE), path, "cancel")).status).toBe(200);
      } else expect(row).toMatchObject({ status: "cancelled", amount_paid: 0, version: 2 });
      expect(await stocks()).toEqual(before);
    }
    expect([...outcomes].every((status) => status === "paid" || status === "cancelled")).toBe(true);
  });

  it("a payment is refused if a run happens between its read and its batch", async () => {
    const { order, path } = await placedBoth();
    const slow = at(DEADLINE - 1, ada, async (point) => {
      if (point === "before-batch") await tick(DEADLINE);
    });
    const response = await take(slow, path, "pay");
    expect((await problemOf(response)).code).toBe("INVALID_TRANSITION");
    expect(await rowOf(order.id)).toMatchObject({ status: "cancelled", amount_paid: 0 });
    expect(await stocks()).toEqual([10, 10]);
  });

  it("an order stays paid if the payment happens between the run's read and its batch, and the others expire", async () => {
    const first = await placedBoth();
    const second = await placedBoth();
    const database = withInterruption(async () => {
      expect((await take(at(DEADLINE - 1), first.path, "pay")).status).toBe(200);
    });
    await tick(DEADLINE, database);
    expect((await read(first.path)).status).toBe("paid");
    expect((await read(second.path)).status).toBe("cancelled");
    expect(await stocks()).toEqual([7, 8]);
  });

  it("five runs return each unit once", async () => {
    const orders = [await placedBoth(), await placedBoth(), await placedBoth()];
    await Promise.all(Array.from({ length: 5 }, () => tick(DEADLINE)));
    await tick(DEADLINE);
    expect(await stocks()).toEqual([10, 10]);
    for (const { order } of orders) expect(await rowOf(order.id)).toMatchObject({ status: "cancelled", version: 2 });
  });

  it("a cancellation and a run return each unit once", async () => {
    const { path } = await placedBoth();
    await Promise.all([tick(DEADLINE), take(at(DEADLINE), path, "cancel"), take(at(DEADLINE, stella), path, "cancel")]);
    expect(await stocks()).toEqual([10, 10]);
  });
});

describe("a run", () => {
  const MANY = 540;

  it("that fails halfway leaves complete orders, and the next run continues", async () => {
    await insertProduct(3, { stock: 1000 });
    await insertOrders(...Array.from({ length: 60 }, (_, index) => expiring(100 + index)));
    let batches = 0;
    const failing = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
        return async (statements: D1PreparedStatement[]) => {
          batches += 1;
          if (batches === 2) throw new Error("the run dies here");
          return target.batch(statements);
        };
      },
    });
    await expect(tick(DEADLINE, failing)).rejects.toThrow("the run dies here");
    expect(await stockOf(productId(3))).toBe(1025);
    await tick(DEADLINE);
    expect(await stockOf(productId(3))).toBe(1060);
  });

  it("cancels at most 500 orders, those with the earliest deadlines first", { timeout: 60_000 }, async () => {
    await insertProduct(3, { stock: 1000 });
    await insertOrders(...Array.from({ length: MANY }, (_, index) => expiring(1000 + index)));
    await tick(DEADLINE);
    const { results } = await env.DB.prepare("SELECT id FROM orders WHERE status = 'placed' ORDER BY id").all();
    expect(results).toEqual(Array.from({ length: MANY - 500 }, (_, index) => ({ id: orderId(1500 + index) })));
    expect(await stockOf(productId(3))).toBe(1500);
    await tick(DEADLINE);
    expect(await stockOf(productId(3))).toBe(1000 + MANY);
  });

  function expiring(number: number) {
    const items = [{ productId: productId(3), quantity: 1, price: 1000 }];
    return stored(number, ada.id, { addressId: addressId(1), items, expiresAt: DEADLINE - 10_000 + number });
  }
});

/** A database that calls `meanwhile` once, directly before the first batch. */
function withInterruption(meanwhile: () => Promise<void>): D1Database {
  let isOver = false;
  return new Proxy(env.DB, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
      return async (statements: D1PreparedStatement[]) => {
        if (!isOver) {
          isOver = true;
          await meanwhile();
        }
        return target.batch(statements);
      };
    },
  });
}
