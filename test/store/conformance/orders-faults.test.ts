/**
 * Every kind of fault at every point of a request with a key, for operations that change stock and money. After any
 * fault of the first attempt there is at most one effect and no acknowledged result is undone. When the lease has
 * expired, the same request gets its final response.
 */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { insertPeople, person, userId } from "../../features/accounts/people.ts";
import { PLATFORM_FAULTS, type PlatformFault, POINTS, sendWithFault } from "../../support/platform-faults.ts";
import { staff as member, type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { addressId, home, insertHomes } from "../addresses/homes.ts";
import { freshKey, insertProduct, type Order, place, placed, stockOf, take } from "../orders/shop.ts";

const LEASE_MS = 30_000;
const STOCK = 9;
const UNITS = 2;

const scopes = ["orders:read", "orders:write"];
const ada: Principal = { kind: "user", id: userId(1), roles: ["customer"], scopes, credential: "token" };
const staff: Principal = { ...member, scopes };

/** One request that can be sent any number of times under its key. */
interface Trial {
  readonly as: Principal;
  readonly success: 200 | 201;
  send(service: Service): Promise<Response>;
  /** The number of effects so far. */
  effects(): Promise<number>;
}

let products = 0;

async function newProduct(): Promise<string> {
  products += 1;
  return insertProduct(products, { stock: STOCK });
}

async function placing(): Promise<Trial> {
  const [product, key] = [await newProduct(), freshKey()];
  return {
    as: ada,
    success: 201,
    send: (service) =>
      place(service, [{ product_id: product, quantity: UNITS }], addressId(1), { "Idempotency-Key": key }),
    async effects() {
      const count = await env.DB.prepare("SELECT count(*) AS n FROM order_items WHERE product_id = ?")
        .bind(product)
        .first<number>("n");
      // An order and its stock change are atomic.
      expect(await stockOf(product)).toBe(STOCK - UNITS * (count ?? 0));
      return count ?? 0;
    },
  };
}

async function stepping(step: "pay" | "refund"): Promise<Trial> {
  const asAda = startService({ as: ada });
  const { order, path } = await placed(asAda, [{ product_id: await newProduct(), quantity: 1 }]);
  if (step === "refund") expect((await take(asAda, path, "pay")).status).toBe(200);
  const versionOf = () =>
    env.DB.prepare("SELECT version FROM orders WHERE id = ?").bind(order.id).first<number>("version");
  const [before, key] = [await versionOf(), freshKey()];
  return {
    as: step === "pay" ? ada : staff,
    success: 200,
    send: (service) => take(service, path, step, { "Idempotency-Key": key }),
    // Each transition increments the version, and no transition is possible twice in a row.
    effects: async () => ((await versionOf()) ?? 0) - (before ?? 0),
  };
}

/**
 * What each fault does to the first attempt, by the points of POINTS. A cell has three parts: the status, the number of
 * effects, and the outcome of an immediate retry. The status is "ok" for success and "none" without a response; "?"
 * marks a response that says the outcome is unknown. Outcomes of the retry: "free" means that it is executed, "wait"
 * that it gets 409 until the lease expires, "replay" that it gets the first attempt's success.
 *
 * n/a: the fault has no effect at that point, because the faulty component is not called any more, or because no record
 * to evict exists yet. The database is not called after the batch. At "before-batch" only the batch is left; before
 * that, the reads of the order or the transition are left too. The record is called to claim the key, and again to
 * store the response.
 */
const TABLE: Readonly<Record<PlatformFault, readonly string[]>> = {
  // before-claim, after-claim, before-batch, after-batch, before-complete, before-answer
  "the request fails": ["500 0 free", "500 0 free", "500 0 free", "ok 1 replay", "ok 1 wait", "500 1 replay"],
  "the request dies": ["none 0 free", "none 0 wait", "none 0 wait", "none 1 wait", "none 1 wait", "none 1 replay"],
  "the database fails once": ["500 0 free", "500 0 free", "ok 1 replay", "n/a", "n/a", "n/a"],
  "the database is down": ["500 0 free", "500 0 free", "500? 0 free", "n/a", "n/a", "n/a"],
  "the database does it, and fails": ["500 0 free", "500 0 free", "ok 1 replay", "n/a", "n/a", "n/a"],
  "the database does it, and is down": ["500 0 free", "500 0 free", "500? 1 replay", "n/a", "n/a", "n/a"],
  "the database is silent": ["503 0 free", "503 0 free", "503? 0 free", "n/a", "n/a", "n/a"],
  "the database does it, and is silent": ["503 0 free", "503 0 free", "ok 1 replay", "n/a", "n/a", "n/a"],
  "the database does it too late": ["503 0 free", "503 0 free", "ok 1 replay", "n/a", "n/a", "n/a"],
  "the database does it too late, and is silent": ["503 0 free", "503 0 free", "503? 1 replay", "n/a", "n/a", "n/a"],
  "the record fails once": ["503 0 free", "ok 1 wait", "ok 1 wait", "ok 1 wait", "ok 1 wait", "n/a"],
  "the record is down": ["503 0 free", "ok 1 wait", "ok 1 wait", "ok 1 wait", "ok 1 wait", "n/a"],
  "the record does it, and fails": ["503 0 wait", "ok 1 replay", "ok 1 replay", "ok 1 replay", "ok 1 replay", "n/a"],
  "the record does it, and is down": ["503 0 wait", "ok 1 replay", "ok 1 replay", "ok 1 replay", "ok 1 replay", "n/a"],
  "the record is silent": ["503 0 free", "ok 1 wait", "ok 1 wait", "ok 1 wait", "ok 1 wait", "n/a"],
  "the record does it, and is silent": [
    "503 0 wait",
    "ok 1 replay",
    "ok 1 replay",
    "ok 1 replay",
    "ok 1 replay",
    "n/a",
  ],
  "the record does it too late": ["503 0 wait", "ok 1 replay", "ok 1 replay", "ok 1 replay", "ok 1 replay", "n/a"],
  "the record does it too late, and is silent": [
    "503 0 wait",
    "ok 1 replay",
    "ok 1 replay",
    "ok 1 replay",
    "ok 1 replay",
    "n/a",
  ],
  "the record is evicted": ["n/a", "ok 1 replay", "ok 1 replay", "ok 1 replay", "ok 1 replay", "ok 1 replay"],
};

const CELLS = PLATFORM_FAULTS.flatMap((fault) =>
  POINTS.map((point, index) => ({ fault, point, expected: TABLE[fault][index] })),
);

/** Cells without an effect do not depend on the operation, so the other operations skip them. */
const EFFECTIVE = CELLS.filter(({ expected }) => expected !== "n/a");

/** A sample that covers each kind of fault. */
const SAMPLE = EFFECTIVE.filter(({ fault }, index) => index % 7 === 0 || fault === "the request dies");

/** Runs one cell and returns the observation in the notation of the table. Asserts what holds in every cell. */
async function observe(trial: Trial, fault: PlatformFault, point: FaultPoint): Promise<string> {
  const options = { as: trial.as };
  const { response, isStruck } = await sendWithFault(fault, point, startService, options, trial.send);
  const effects = await trial.effects();
  const soon = await trial.send(startService(options));
  const isWaiting = (await soon.clone().text()).includes("IDEMPOTENCY_IN_PROGRESS");
  expect(soon.status).toBe(isWaiting ? 409 : trial.success);

  const { body } = await expectFinalResponse(trial, LEASE_MS);
  if (response?.ok === true) expect(await response.json()).toMatchObject(identityOf(body));
  if (response?.status === 503) expect(response.headers.get("Retry-After")).toBe("5");
  if (!isStruck) {
    expect([response?.status, effects]).toEqual([trial.success, 1]);
    return "n/a";
  }
  const failed = `${response?.status ?? "none"}${(await isUnknown(response)) ? "?" : ""}`;
  return `${response?.status === trial.success ? "ok" : failed} ${effects} ${isWaiting ? "wait" : isReplay(soon) ? "replay" : "free"}`;
}

async function isUnknown(response: Response | undefined): Promise<boolean> {
  return response?.ok === false && (await response.text()).includes("not known whether the request took effect");
}

/**
 * Asserts that the request succeeds after `laterMs`, that each further attempt returns the same response, and that
 * there is one effect.
 */
async function expectFinalResponse(trial: Trial, laterMs: number): Promise<{ isReplayed: boolean; body: string }> {
  const service = startService({ as: trial.as });
  service.advance(laterMs);
  const final = await trial.send(service);
  expect([final.status, await trial.effects()]).toEqual([trial.success, 1]);
  const body = await final.text();
  const again = await trial.send(service);
  expect([again.status, isReplay(again), await again.text()]).toEqual([trial.success, true, body]);
  expect(await trial.effects()).toBe(1);
  return { isReplayed: isReplay(final), body };
}

function identityOf(body: string): Pick<Order, "id" | "status"> {
  const { id, status } = JSON.parse(body) as Order; // the test service has validated the body against the contract
  return { id, status };
}

const isReplay = (response: Response) => response.headers.get("Idempotent-Replayed") === "true";

beforeAll(async () => {
  await insertPeople(person(1));
  await insertHomes(home(1, userId(1)));
});

describe("placing an order", () => {
  it.each(CELLS)("A15 A16 $fault $point: $expected", async ({ fault, point, expected }) => {
    expect(await observe(await placing(), fault, point)).toBe(expected);
  });
});

describe("paying an order", () => {
  it.each(EFFECTIVE)("A15 A16 $fault $point: $expected", async ({ fault, point, expected }) => {
    expect(await observe(await stepping("pay"), fault, point)).toBe(expected);
  });
});

describe("refunding an order", () => {
  it.each(SAMPLE)("A15 A16 $fault $point: $expected", async ({ fault, point, expected }) => {
    expect(await observe(await stepping("refund"), fault, point)).toBe(expected);
  });
});

describe("the retry of an attempt that died", () => {
  const cells = (
    [
      ["before-batch", "after-claim"],
      ["before-batch", "before-batch"],
      ["after-batch", "after-claim"],
    ] as const
  ).flatMap(([diedAt, point]) => PLATFORM_FAULTS.map((fault) => ({ diedAt, point, fault })));

  // The retry looks up the result of the first attempt in the database, which is where a second effect could arise.
  it.each(cells)(
    "A15 has at most one effect after a death $diedAt if $fault $point",
    async ({ diedAt, point, fault }) => {
      const trial = await placing();
      const options = { as: trial.as };
      await sendWithFault("the request dies", diedAt, startService, options, trial.send);
      const { response } = await sendWithFault(fault, point, startLater, options, trial.send);
      expect(await trial.effects()).toBeLessThanOrEqual(1);
      const { isReplayed, body } = await expectFinalResponse(trial, 2 * LEASE_MS);
      if (diedAt === "after-batch") expect(isReplayed).toBe(true);
      if (response?.ok === true) expect(await response.json()).toMatchObject(identityOf(body));
    },
  );

  function startLater(options: ServiceOptions): Service {
    const service = startService(options);
    service.advance(LEASE_MS);
    return service;
  }
});
