/**
 * Whatever several clients send, in whatever order, at once, with failures and deaths at any point: each key that was
 * accepted has exactly one order, stock is never below zero, and no unit and no cent is made or lost.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { FaultPoint } from "../../src/contract/doors.ts";
import type { Principal } from "../../src/contract/principal.ts";
import { addressId, home, insertHomes } from "../store/addresses/homes.ts";
import { insertProduct, place, stockOf } from "../store/orders/shop.ts";
import { insertPeople, person, userId } from "../store/users/people.ts";
import { START, startService } from "../support/service.ts";

const PRICE = 700;
const LEASE_MS = 30_000;
const POINTS: readonly FaultPoint[] = [
  "before-claim",
  "after-claim",
  "before-batch",
  "after-batch",
  "before-complete",
  "before-answer",
];

const ada: Principal = {
  kind: "user",
  id: userId(1),
  roles: ["customer"],
  scopes: ["orders:read", "orders:write"],
  credential: "token",
};

/** What befalls a request: nothing, a failure, or that it ends there, as a process does that is killed. */
type Fate = { readonly kind: "none" } | { readonly kind: "fail" | "die"; readonly point: FaultPoint };

/** One client sends an order, as often at once as `copies` says; the first of them meets its fate. */
interface Sending {
  readonly key: number;
  readonly copies: number;
  readonly fate: Fate;
  /** How long later the next one comes. */
  readonly pauseMs: number;
}

const fates: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant<Fate>({ kind: "none" }),
  fc.record({ kind: fc.constantFrom("fail" as const, "die" as const), point: fc.constantFrom(...POINTS) }),
);
const sendings: fc.Arbitrary<Sending[]> = fc.array(
  fc.record({
    key: fc.nat(3),
    copies: fc.integer({ min: 1, max: 3 }),
    fate: fates,
    pauseMs: fc.constantFrom(0, 0, 1000, LEASE_MS),
  }),
  { minLength: 1, maxLength: 8 },
);

beforeAll(async () => {
  await insertPeople(person(1));
  await insertHomes(home(1, userId(1)));
});

let runs = 0;

it("A09 A15 each accepted key is one order, however its requests are raced, failed, killed and sent again", async () => {
  await fc.assert(
    fc.asyncProperty(sendings, fc.integer({ min: 0, max: 12 }), async (all, stock) => {
      runs += 1;
      const product = await insertProduct(runs, { stock, price: PRICE });
      const world = { run: runs, product, now: START };
      // Each waits for the one before to be over or dead: what overlaps are the copies.
      for (const sending of all) {
        await Promise.all(
          Array.from({ length: sending.copies }, (_, copy) =>
            send(world, sending.key, copy === 0 ? sending.fate : { kind: "none" }),
          ),
        );
        world.now += sending.pauseMs;
      }
      const keys = [...new Set(all.map(({ key }) => key))];
      const told = new Map<number, number>();
      for (const key of keys) told.set(key, await finalStatus(world, key));
      const accepted = keys.filter((key) => told.get(key) === 201);
      const sold = accepted.reduce((sum, key) => sum + quantityOf(key), 0);

      expect([...told.values()].every((status) => status === 201 || status === 409)).toBe(true);
      expect(await ordersOf(product)).toEqual({
        orders: accepted.length,
        units: sold,
        cents: sold * PRICE,
      });
      const left = await stockOf(product);
      expect(left).toBe(stock - sold);
      expect(left).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 25 },
  );
});

interface World {
  readonly run: number;
  readonly product: string;
  now: number;
}

/** A key always asks for the same. */
function quantityOf(key: number): number {
  return key + 1;
}

/** The status; undefined where the request died, or met another one that is still under way. */
async function send(world: World, key: number, fate: Fate): Promise<number | undefined> {
  const { now } = world;
  return new Promise((resolve, reject) => {
    const faults = async (point: FaultPoint) => {
      if (fate.kind === "none" || point !== fate.point) return;
      if (fate.kind === "fail") throw new Error("made to fail");
      resolve(undefined);
      await new Promise<never>(() => {});
    };
    const service = startService({ as: ada, doors: { faults, now: () => now } });
    const items = [{ product_id: world.product, quantity: quantityOf(key) }];
    place(service, items, addressId(1), { "Idempotency-Key": `run-${world.run}-${key}` }).then(async (response) => {
      const isTold = (await response.text()).includes("IDEMPOTENCY_IN_PROGRESS") === false;
      resolve(isTold ? response.status : undefined);
    }, reject);
  });
}

/** What a client hears in the end that tries again after each lease. */
async function finalStatus(world: World, key: number): Promise<number> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    world.now += LEASE_MS;
    const status = await send(world, key, { kind: "none" });
    if (status !== undefined && status < 500) return status;
  }
  throw new Error(`the key ${key} is stuck`);
}

async function ordersOf(product: string) {
  return env.DB.prepare(
    `SELECT count(*) AS orders, coalesce(sum(quantity), 0) AS units, coalesce(sum(total_amount), 0) AS cents
     FROM orders JOIN order_items ON order_items.order_id = orders.id WHERE product_id = ?`,
  )
    .bind(product)
    .first();
}
