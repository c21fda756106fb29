/**
 * Random histories of a small shop: principals place, pay, ship, deliver, cancel and refund orders in any sequence,
 * also where the state or the rules forbid it. They edit and delete addresses and products, set stock, repeat requests
 * and move the clock. Requests die at any point, and the scheduled run dies or runs several times. After each action
 * money and stock must add up.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, it } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import { ORDER_STEPS, type OrderStatus, type OrderStep, stepsFrom } from "#store/orders/states.ts";
import { ada, bob, insertPeople, principalOf, stella } from "../../features/accounts/people.ts";
import { POINTS, sendWithFault } from "../../support/platform-faults.ts";
import { JSON_PATCH, MERGE_PATCH, patch } from "../../support/requests.ts";
import { type Service, type ServiceOptions, START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { emptyShop, freshKey, type Item, insertProduct, type Order, place, productId, take } from "../orders/shop.ts";
import { tick } from "../support/clock.ts";
import { emptyPeople } from "../support/people.ts";

const MAX_STOCK = 1_000_000_000;
const MINUTE_MS = 60_000;
const PEOPLE = [ada, bob, stella];
const STAFF = 2;
const PRODUCTS = [1, 2, 3];
const STOCK = 8;

/** The point at which the request dies, if it does. It is retried with its key after its lease. */
type DeathPoint = FaultPoint | undefined;

type Action =
  | { readonly kind: "place"; readonly who: number; readonly units: readonly number[]; readonly diesAt: DeathPoint }
  | {
      readonly kind: "step";
      readonly step: OrderStep;
      readonly who: number;
      readonly order: number;
      readonly diesAt: DeathPoint;
    }
  | { readonly kind: "advance"; readonly choice: number; readonly order: number; readonly diesAt: DeathPoint }
  | { readonly kind: "race"; readonly steps: readonly (readonly [OrderStep, number])[]; readonly order: number }
  | { readonly kind: "again"; readonly request: number }
  | { readonly kind: "stock"; readonly product: number; readonly stock: number; readonly isJsonPatch: boolean }
  | { readonly kind: "product"; readonly product: number; readonly isDeleted: boolean }
  | { readonly kind: "address"; readonly who: number; readonly isDeleted: boolean }
  | { readonly kind: "clock"; readonly minutes: number }
  | { readonly kind: "run"; readonly copies: number; readonly diesAtBatch: number | undefined };

const who = fc.nat(PEOPLE.length - 1);
const order = fc.nat(5);
const step = fc.constantFrom(...ORDER_STEPS);
const diesAt: fc.Arbitrary<DeathPoint> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom(...POINTS),
);
const product = fc.nat(PRODUCTS.length - 1);

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("place" as const),
        who,
        units: fc.array(fc.nat(4), { minLength: PRODUCTS.length, maxLength: PRODUCTS.length }),
        diesAt,
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("step" as const), step, who, order, diesAt }) },
    { weight: 9, arbitrary: fc.record({ kind: fc.constant("advance" as const), choice: fc.nat(2), order, diesAt }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("race" as const),
        steps: fc.array(fc.tuple(step, who), { minLength: 2, maxLength: 4 }),
        order,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("again" as const), request: fc.nat(9) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("stock" as const),
        product,
        stock: fc.oneof(fc.nat(10), fc.integer({ min: MAX_STOCK - 10, max: MAX_STOCK + 1 })),
        isJsonPatch: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("product" as const), product, isDeleted: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("address" as const), who, isDeleted: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("clock" as const), minutes: fc.constantFrom(1, 15, 29, 30) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("run" as const),
        copies: fc.integer({ min: 1, max: 3 }),
        diesAtBatch: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(1, 2)),
      }),
    },
  ),
  { minLength: 4, maxLength: 24 },
);

interface World {
  now: number;
  readonly orders: Order[];
  readonly requests: ((service: (who: number) => Service) => Promise<Response>)[];
  /** Units per product: the initial stock, changed by every stock update of staff. */
  readonly supply: Map<string, number>;
  readonly deleted: Set<string>;
}

beforeEach(async () => {
  await emptyPeople();
});

it("money and stock add up after every step", { timeout: 300_000 }, async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(actions, async (history) => {
      await emptyPeople();
      await emptyShop();
      await insertPeople(...PEOPLE);
      await insertHomes(...PEOPLE.map(({ id }, index) => home(index, id)));
      for (const number of PRODUCTS) await insertProduct(number, { stock: STOCK, price: 100 * number });
      const world: World = {
        now: START,
        orders: [],
        requests: [],
        supply: new Map(PRODUCTS.map((number) => [productId(number), STOCK])),
        deleted: new Set(),
      };
      for (const action of history) {
        await perform(world, action);
        for (const status of await expectBalance(world)) reached.add(status);
      }
      // No order stays unpaid forever.
      world.now += 31 * MINUTE_MS;
      await tick(world.now);
      const last = await expectBalance(world);
      expect(last).not.toContain("placed");
      for (const status of last) reached.add(status);
    }),
    { numRuns: 15 },
  );
  for (const status of ["placed", "paid", "cancelled", "refunded", "paid and cancelled", "expired"] as const) {
    expect(reached, "a run without this state proves too little").toContain(status);
  }
});

function serviceOf(world: World, index: number, options: ServiceOptions = {}): Service {
  const { now } = world;
  const person = PEOPLE[index] ?? ada;
  return startService({
    as: principalOf(person),
    ...options,
    dependencies: { now: () => now, ...options.dependencies },
  });
}

async function perform(world: World, action: Action): Promise<void> {
  switch (action.kind) {
    case "place": {
      const items = action.units.flatMap((quantity, index): Item[] =>
        quantity === 0 ? [] : [{ product_id: productId(PRODUCTS[index] ?? 1), quantity }],
      );
      if (items.length === 0) return;
      const key = { "Idempotency-Key": freshKey() };
      const response = await send(world, action.who, action.diesAt, (service) =>
        place(service, items, addressId(action.who), key),
      );
      expect([201, 409, 422]).toContain(response.status);
      if (response.status === 201) world.orders.push(await response.json());
      return;
    }
    case "step": {
      const target = orderAt(world, action.order);
      if (target === undefined) return;
      const key = { "Idempotency-Key": freshKey() };
      const path = `/v1/orders/${target.id}`;
      const response = await send(world, action.who, action.diesAt, (service) => take(service, path, action.step, key));
      expect([200, 403, 404, 409]).toContain(response.status);
      return;
    }
    case "advance": {
      // A transition that the state allows, by a principal that may make it.
      const target = orderAt(world, action.order);
      if (target === undefined) return;
      const { status } = await (await serviceOf(world, STAFF).fetch(`/v1/orders/${target.id}`)).json<Order>();
      const steps = stepsFrom(status);
      const each = steps[action.choice % Math.max(1, steps.length)];
      if (each === undefined) return;
      const by = each === "pay" ? PEOPLE.findIndex(({ id }) => id === target.user_id) : STAFF;
      const key = { "Idempotency-Key": freshKey() };
      const path = `/v1/orders/${target.id}`;
      const response = await send(world, by, action.diesAt, (service) => take(service, path, each, key));
      // Only the payment of an expired order is refused. A cancellation cannot be refused.
      expect(each === "pay" ? [200, 409] : [200]).toContain(response.status);
      return;
    }
    case "race": {
      const target = orderAt(world, action.order);
      if (target === undefined) return;
      const answers = await Promise.all([
        ...action.steps.map(([each, index]) => take(serviceOf(world, index), `/v1/orders/${target.id}`, each)),
        tick(world.now),
      ]);
      for (const answer of answers) if (answer !== undefined) expect([200, 403, 404, 409]).toContain(answer.status);
      return;
    }
    case "again": {
      const request = world.requests[action.request];
      if (request === undefined) return;
      world.now += MINUTE_MS;
      const answer = await request((index) => serviceOf(world, index));
      expect(answer.status).toBeLessThan(500);
      return;
    }
    case "stock":
      return setStock(world, action);
    case "product": {
      const id = productId(PRODUCTS[action.product] ?? 1);
      const path = `/v1/products/${id}`;
      const headers = { "If-Match": "*" };
      if (action.isDeleted) {
        const { status } = await serviceOf(world, STAFF).fetch(path, { method: "DELETE", headers });
        if (status === 204) world.deleted.add(id);
      } else await patch(serviceOf(world, STAFF), path, MERGE_PATCH, { name: `Renamed ${world.now}` }, headers);
      return;
    }
    case "address": {
      const path = `/v1/addresses/${addressId(action.who)}`;
      const headers = { "If-Match": "*" };
      if (action.isDeleted) await serviceOf(world, action.who).fetch(path, { method: "DELETE", headers });
      else await patch(serviceOf(world, action.who), path, MERGE_PATCH, { city: `City ${world.now}` }, headers);
      return;
    }
    case "clock":
      world.now += action.minutes * MINUTE_MS;
      return;
    case "run": {
      const { diesAtBatch, copies } = action;
      const database = diesAtBatch === undefined ? env.DB : dyingDatabase(diesAtBatch);
      const runs = Array.from({ length: copies }, (_, copy) => tick(world.now, copy === 0 ? database : env.DB));
      await Promise.allSettled(runs);
      return;
    }
  }
}

/** Sends a request that may die, and then retries it once. */
async function send(
  world: World,
  index: number,
  diesAt: DeathPoint,
  request: (service: Service) => Promise<Response>,
): Promise<Response> {
  world.requests.push((serviceFor) => request(serviceFor(index)));
  if (diesAt === undefined) return request(serviceOf(world, index));
  const start = (options: ServiceOptions) => serviceOf(world, index, options);
  const { response } = await sendWithFault("the request dies", diesAt, start, {}, request);
  if (response !== undefined) return response;
  world.now += MINUTE_MS;
  return request(serviceOf(world, index));
}

function orderAt(world: World, index: number): Order | undefined {
  return world.orders[world.orders.length - 1 - (index % Math.max(1, world.orders.length))];
}

async function setStock(world: World, { product: index, stock, isJsonPatch }: Extract<Action, { kind: "stock" }>) {
  const id = productId(PRODUCTS[index] ?? 1);
  const before = await unitsOf(id);
  const [type, body] = isJsonPatch
    ? [JSON_PATCH, [{ op: "replace", path: "/stock", value: stock }]]
    : [MERGE_PATCH, { stock }];
  const { status } = await patch(serviceOf(world, STAFF), `/v1/products/${id}`, type, body, { "If-Match": "*" });
  if (world.deleted.has(id)) expect(status).toBe(404);
  else if (stock > MAX_STOCK) expect(status).toBe(422);
  // A stock within the limit is accepted for every state of the product.
  else expect(status, `${stock} with ${before.open} open`).toBe(stock + before.open <= MAX_STOCK ? 200 : 409);
  if (status === 200) world.supply.set(id, (world.supply.get(id) ?? 0) + stock - before.stock);
}

function dyingDatabase(diesAtBatch: number): D1Database {
  let batches = 0;
  return new Proxy(env.DB, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
      return async (statements: D1PreparedStatement[]) => {
        batches += 1;
        if (batches === diesAtBatch) throw new Error("the run dies");
        return target.batch(statements);
      };
    },
  });
}

async function unitsOf(id: string): Promise<{ stock: number; open: number }> {
  const row = await env.DB.prepare(
    `SELECT stock, coalesce((SELECT sum(quantity) FROM order_items JOIN orders ON orders.id = order_id
       WHERE product_id = products.id AND status IN ('placed', 'paid')), 0) AS open FROM products WHERE id = ?`,
  )
    .bind(id)
    .first<{ stock: number; open: number }>();
  if (row === null) throw new Error(`the product ${id} does not exist`);
  return row;
}

interface OrderTotals {
  readonly id: string;
  readonly status: OrderStatus;
  readonly total_amount: number;
  readonly amount_paid: number;
  readonly amount_refunded: number;
  readonly expired_at: number | null;
  readonly paid: number;
  readonly refunded: number;
  readonly payments: number;
  readonly refunds: number;
  readonly item_total: number;
}

/** Statuses whose units have left the shop for good. */
const GONE: readonly OrderStatus[] = ["shipped", "delivered", "refunded"];

/** Checks money and stock against the orders and the ledger. Returns the states that occurred. */
async function expectBalance(world: World): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `SELECT orders.*,
      (SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE order_id = orders.id AND kind = 'payment') AS paid,
      (SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE order_id = orders.id AND kind = 'refund') AS refunded,
      (SELECT count(*) FROM ledger_entries WHERE order_id = orders.id AND kind = 'payment') AS payments,
      (SELECT count(*) FROM ledger_entries WHERE order_id = orders.id AND kind = 'refund') AS refunds,
      (SELECT sum(quantity * unit_price_amount) FROM order_items WHERE order_id = orders.id) AS item_total
     FROM orders`,
  ).all<OrderTotals>();
  for (const row of results) {
    expect([row.amount_paid, row.amount_refunded], row.id).toEqual([row.paid, row.refunded]);
    expect(row.item_total, row.id).toBe(row.total_amount);
    const wasPaid = row.payments > 0;
    const isHeld = row.status === "paid" || row.status === "shipped" || row.status === "delivered";
    // The money held equals the total of all orders that are paid, shipped or delivered.
    expect([row.payments, row.paid], row.id).toEqual(wasPaid ? [1, row.total_amount] : [0, 0]);
    expect(row.paid - row.refunded, `${row.id} is ${row.status}`).toBe(isHeld ? row.total_amount : 0);
    expect(row.refunds, row.id).toBe(wasPaid && !isHeld ? 1 : 0);
    if (isHeld || row.status === "refunded") expect(wasPaid, row.id).toBe(true);
    if (row.status === "placed" || row.expired_at !== null) expect(wasPaid, row.id).toBe(false);
  }
  expect(results).toHaveLength(new Set([...world.orders.map(({ id }) => id), ...results.map(({ id }) => id)]).size);
  for (const id of PRODUCTS.map(productId)) {
    if (world.deleted.has(id)) continue;
    const { stock, open } = await unitsOf(id);
    const lost = await env.DB.prepare(
      `SELECT coalesce(sum(quantity), 0) AS n FROM order_items JOIN orders ON orders.id = order_id
       WHERE product_id = ? AND status IN (${GONE.map(() => "?").join(", ")})`,
    )
      .bind(id, ...GONE)
      .first<number>("n");
    expect(stock + open + (lost ?? 0), id).toBe(world.supply.get(id));
    expect(stock).toBeGreaterThanOrEqual(0);
    expect(stock + open).toBeLessThanOrEqual(MAX_STOCK);
  }
  return results.flatMap(({ status, paid, expired_at }) => [
    status,
    ...(status === "cancelled" && paid > 0 ? ["paid and cancelled"] : []),
    ...(expired_at === null ? [] : ["expired"]),
  ]);
}
