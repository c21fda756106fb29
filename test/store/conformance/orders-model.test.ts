/**
 * For any sequence of concurrent requests with any fault at any point: each accepted key has exactly one order, stock
 * is never negative, and no unit and no cent is created or lost.
 */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { insertPeople, person, userId } from "../../features/accounts/people.ts";
import { PLATFORM_FAULTS, type PlatformFault, POINTS, sendWithFault } from "../../support/platform-faults.ts";
import { type Service, type ServiceOptions, START, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { insertProduct, place, stockOf } from "../orders/shop.ts";

const PRICE = 700;
const LEASE_MS = 30_000;
const ada: Principal = {
  kind: "user",
  id: userId(1),
  roles: ["customer"],
  scopes: ["orders:read", "orders:write"],
  credential: "token",
};

/** What happens to a request: nothing, or any fault at any point. */
type Fault = { readonly fault: PlatformFault; readonly point: FaultPoint } | undefined;

/** One client sends an order, `copies` times concurrently. The fault applies to the first copy. */
interface Attempt {
  readonly key: number;
  readonly copies: number;
  readonly fault: Fault;
  /** The time until the next request. */
  readonly pauseMs: number;
}

const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.constant(undefined),
  fc.record({ fault: fc.constantFrom(...PLATFORM_FAULTS), point: fc.constantFrom(...POINTS) }),
);
const attemptLists: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    key: fc.nat(3),
    copies: fc.integer({ min: 1, max: 3 }),
    fault: faults,
    pauseMs: fc.constantFrom(0, 0, 1000, LEASE_MS),
  }),
  { minLength: 1, maxLength: 8 },
);

beforeAll(async () => {
  await insertPeople(person(1));
  await insertHomes(home(1, userId(1)));
});

let runs = 0;

/** The run sends some hundred requests in sequence. */
const TEST_MS = 90_000;

it("A09 A15 each accepted key is one order if requests are raced, fail, are killed and retried", {
  timeout: TEST_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(attemptLists, fc.integer({ min: 0, max: 12 }), async (all, stock) => {
      runs += 1;
      const product = await insertProduct(runs, { stock, price: PRICE });
      const world = { run: runs, product, now: START };
      // Each group starts when the one before has ended or died, so that only the copies overlap.
      for (const attempt of all) {
        await Promise.all(
          Array.from({ length: attempt.copies }, (_, copy) =>
            send(world, attempt.key, copy === 0 ? attempt.fault : undefined),
          ),
        );
        world.now += attempt.pauseMs;
      }
      const keys = [...new Set(all.map(({ key }) => key))];
      const statuses = new Map<number, number>();
      for (const key of keys) statuses.set(key, await finalStatus(world, key));
      const accepted = keys.filter((key) => statuses.get(key) === 201);
      const sold = accepted.reduce((sum, key) => sum + quantityOf(key), 0);

      expect([...statuses.values()].every((status) => status === 201 || status === 409)).toBe(true);
      expect(await ordersOf(product)).toEqual({
        orders: accepted.length,
        units: sold,
        cents: sold * PRICE,
      });
      const left = await stockOf(product);
      expect(left).toBe(stock - sold);
      expect(left).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 20 },
  );
});

interface World {
  readonly run: number;
  readonly product: string;
  now: number;
}

/** A key always has the same body. */
function quantityOf(key: number): number {
  return key + 1;
}

/** The status, or undefined without a response or while another request holds the key. */
async function send(world: World, key: number, fault: Fault): Promise<number | undefined> {
  const { now } = world;
  const options: ServiceOptions = { as: ada, dependencies: { now: () => now } };
  const items = [{ product_id: world.product, quantity: quantityOf(key) }];
  const request = (service: Service) =>
    place(service, items, addressId(1), { "Idempotency-Key": `run-${world.run}-${key}` });
  const response =
    fault === undefined
      ? await request(startService(options))
      : (await sendWithFault(fault.fault, fault.point, startService, options, request)).response;
  if (response === undefined) return undefined;
  return (await response.text()).includes("IDEMPOTENCY_IN_PROGRESS") ? undefined : response.status;
}

/** The final status for a client that retries after each lease. */
async function finalStatus(world: World, key: number): Promise<number> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    world.now += LEASE_MS;
    const status = await send(world, key, undefined);
    if (status !== undefined && status < 500) return status;
  }
  throw new Error(`the key ${key} has no final response`);
}

async function ordersOf(product: string) {
  return env.DB.prepare(
    `SELECT count(*) AS orders, coalesce(sum(quantity), 0) AS units, coalesce(sum(total_amount), 0) AS cents
     FROM orders JOIN order_items ON order_items.order_id = orders.id WHERE product_id = ?`,
  )
    .bind(product)
    .first();
}
