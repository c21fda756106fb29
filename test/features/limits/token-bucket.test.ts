import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MICRO } from "#features/limits/bucket.ts";
import type { Ask, BucketRule } from "#features/limits/lender.ts";
import { createLimiter, type LimitSurroundings } from "#features/limits/limiter.ts";
import type { Line } from "#features/limits/line.ts";
import { findObject } from "#features/limits/objects.ts";
import type { LimitPolicy, WindowPolicy } from "#features/limits/policy.ts";

const START = Date.UTC(2026, 0, 31, 12);
const RULE: BucketRule = { capacity: 100, refillPerSecond: 10 };
const POLICY: LimitPolicy = {
  name: "test",
  ...RULE,
  mode: "lent",
  whenUnavailable: "closed",
  shadow: false,
};
const WINDOW: WindowPolicy = { name: "log-in", limit: 3, windowSeconds: 60, whenUnavailable: "closed", shadow: false };

const surroundings: LimitSurroundings = {
  objects: env,
  defer: (work) => void work.catch(() => undefined),
};

let keys = 0;

function newKey(): string {
  keys += 1;
  return `key-${keys}`;
}

function ask(costs: readonly number[], more: Partial<Ask> = {}): Ask {
  return { rule: RULE, costs, ahead: 0, lifeMs: 2000, settlements: [], standsFor: 1, ...more };
}

function objectOf(key: string) {
  return env.TOKEN_BUCKETS.getByName(`world:${POLICY.name}:${key}`);
}

/** Ends an object without a word. */
async function crash(stub: ReturnType<typeof objectOf>): Promise<void> {
  await expect(runInDurableObject(stub, (_, state) => state.abort("crash"))).rejects.toThrow("crash");
}

function limiter() {
  return createLimiter(() => Date.now(), findObject);
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("200 requests at once", () => {
  for (const mode of ["exact", "lent"] as const) {
    it(`are exactly 100 of a full bucket of 100, ${mode}`, async () => {
      const key = newKey();
      const { charge } = limiter();
      const charges = [{ policy: { ...POLICY, mode }, key, cost: 1 }];
      const standings = await Promise.all(Array.from({ length: 200 }, () => charge(charges, surroundings)));
      expect(standings.filter(([standing]) => standing?.allowed)).toHaveLength(100);
      for (const [standing] of standings) {
        if (standing?.allowed === false) expect(standing).toMatchObject({ remaining: 0, retryAfterMs: 100 });
      }
    });

    it(`are exactly 100 from five isolates together, ${mode}`, async () => {
      const key = newKey();
      const isolates = Array.from({ length: 5 }, limiter);
      const charges = [{ policy: { ...POLICY, mode }, key, cost: 1 }];
      const standings = await Promise.all(
        Array.from({ length: 200 }, (_, index) => isolates[index % 5]?.charge(charges, surroundings)),
      );
      expect(standings.filter((found) => found?.[0]?.allowed)).toHaveLength(100);
    });
  }
});

describe("waiting", () => {
  it("as long as is told succeeds, and a millisecond less does not, however often it is tried", async () => {
    const key = newKey();
    const { charge } = limiter();
    const charges = [{ policy: POLICY, key, cost: 1 }];
    for (let n = 0; n < 100; n += 1) expect((await charge(charges, surroundings))[0]?.allowed).toBe(true);
    for (const cost of [1, 5, 1, 2]) {
      const dear = [{ policy: POLICY, key, cost }];
      const retryAfterMs = (await charge(dear, surroundings))[0]?.retryAfterMs ?? 0;
      expect(retryAfterMs).toBe(cost * 100);
      for (let n = 0; n < 20; n += 1) expect((await charge(dear, surroundings))[0]?.allowed).toBe(false);
      pass(retryAfterMs - 1);
      expect((await charge(dear, surroundings))[0]).toMatchObject({ allowed: false, retryAfterMs: 1 });
      pass(1);
      expect((await charge(dear, surroundings))[0]?.allowed).toBe(true);
    }
  });
});

describe("eviction", () => {
  /** Sends 60 requests, with a crash after each 20, and says what is left after each beside what was taken. */
  async function crashing(betweenMs: number): Promise<{ left: number; taken: number; crashes: number }[]> {
    const key = newKey();
    const seen = [];
    let taken = 0;
    for (let n = 0; n < 60; n += 1) {
      const stub = objectOf(key);
      if (n % 20 === 0 && n > 0) await crash(stub);
      pass(betweenMs);
      const { waitsMs } = await objectOf(key).ask(ask([2]));
      taken += waitsMs[0] === 0 ? 2 : 0;
      const left = (await objectOf(key).look(RULE)) / MICRO;
      seen.push({ left, taken: taken - ((n + 1) * betweenMs) / 100, crashes: Math.floor(n / 20) });
    }
    return seen;
  }

  it("gains the client nothing, and costs at most a quarter of the capacity in the middle of a burst", async () => {
    for (const { left, taken, crashes } of await crashing(0)) {
      expect(left).toBeLessThanOrEqual(100 - taken);
      expect(left).toBeGreaterThanOrEqual(98 - taken - 25 * crashes);
    }
  });

  it("costs a steady client at most a sixteenth, and nothing when it has been quiet for ten seconds", async () => {
    for (const { left, crashes } of await crashing(200)) {
      expect(left).toBeLessThanOrEqual(98);
      expect(left).toBeGreaterThanOrEqual(98 - 7 * crashes);
    }
    const key = newKey();
    await objectOf(key).ask(ask([2]));
    pass(10_000);
    await crash(objectOf(key));
    expect(await objectOf(key).look(RULE)).toBe(100 * MICRO);
  });

  it("counts what was lent as spent, for as long as it may be", async () => {
    const key = newKey();
    const stub = objectOf(key);
    const { loan } = await stub.ask(ask([1], { ahead: 40 }));
    expect(loan?.amount).toBe(40);
    await evictDurableObject(stub);
    await stub.ask(ask([], { settlements: [{ loan: loan?.id ?? 0, spent: 0, unused: 40 }] }));
    expect(await stub.look(RULE)).toBeLessThanOrEqual(59 * MICRO);
    pass(3999);
    expect(await stub.look(RULE)).toBeLessThanOrEqual(60 * MICRO);
    pass(9000);
    expect(await stub.look(RULE)).toBeGreaterThan(90 * MICRO);
  });

  it("forgets no entry of a window", async () => {
    const key = newKey();
    const charges = [{ policy: WINDOW, key, cost: 1 }];
    const { charge } = limiter();
    for (let n = 0; n < 3; n += 1) {
      expect((await charge(charges, surroundings))[0]).toMatchObject({ allowed: true, remaining: 2 - n });
      pass(1000);
    }
    await evictDurableObject(env.TOKEN_BUCKETS.getByName(`world:${WINDOW.name}:${key}`));
    expect((await charge(charges, surroundings))[0]).toMatchObject({ allowed: false, retryAfterMs: 57_000 });
    pass(56_999);
    expect((await charge(charges, surroundings))[0]?.allowed).toBe(false);
    pass(1);
    expect((await charge(charges, surroundings))[0]?.allowed).toBe(true);
    expect((await charge(charges, surroundings))[0]).toMatchObject({ allowed: false, retryAfterMs: 1000 });
  });
});

describe("the object", () => {
  it("adds nothing while its clock is behind itself", async () => {
    const stub = objectOf(newKey());
    await stub.ask(ask([100]));
    pass(1000);
    expect(await stub.look(RULE)).toBe(10 * MICRO);
    pass(-500_000);
    expect(await stub.look(RULE)).toBe(10 * MICRO);
    pass(500_100);
    expect(await stub.look(RULE)).toBe(11 * MICRO);
  });

  it("writes seldom", async () => {
    const stub = objectOf(newKey());
    let writes = 0;
    await stub.ask(ask([1]));
    await runInDurableObject(stub, (_, { storage }) => {
      const put = storage.kv.put.bind(storage.kv);
      storage.kv.put = (key, value) => {
        writes += 1;
        put(key, value);
      };
    });
    for (let n = 0; n < 99; n += 1) {
      pass(1);
      await stub.ask(ask([1]));
    }
    expect(writes).toBeLessThanOrEqual(6);
    expect(writes).toBeGreaterThan(2);
  });

  it("writes once in several seconds for a client that takes a little of a full bucket", async () => {
    const stub = objectOf(newKey());
    await stub.ask(ask([1]));
    let writes = 0;
    await runInDurableObject(stub, (_, { storage }) => {
      const put = storage.kv.put.bind(storage.kv);
      storage.kv.put = (key, value) => {
        writes += 1;
        put(key, value);
      };
    });
    for (let n = 0; n < 60; n += 1) {
      pass(1000);
      await stub.ask(ask([2]));
    }
    expect(writes).toBeLessThanOrEqual(8);
  });

  it("is deleted when it is as good as new, and not before", async () => {
    const stub = objectOf(newKey());
    const keysOf = () => runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].length);
    await stub.ask(ask([50], { ahead: 10 }));
    await runDurableObjectAlarm(stub);
    expect(await keysOf()).toBe(1);
    pass(60_000);
    await runDurableObjectAlarm(stub);
    expect(await keysOf()).toBe(0);
    expect(await stub.look(RULE)).toBe(100 * MICRO);
  });

  it("is full again after a reset, but for what is lent", async () => {
    const stub = objectOf(newKey());
    await stub.ask(ask([50], { ahead: 10 }));
    await stub.reset();
    expect(await stub.look(RULE)).toBe(90 * MICRO);
  });

  it("is so also when it has been forgotten since", async () => {
    const key = newKey();
    const stub = objectOf(key);
    await stub.ask(ask([100]));
    await stub.reset();
    // Not evicted: that waits until the object has been quiet, and has drawn its line close by itself.
    await crash(stub);
    expect(await objectOf(key).look(RULE)).toBe(100 * MICRO);
  });

  it("holds to what it has heard where an isolate could only assume its rule, and takes over what is certain", async () => {
    const stub = objectOf(newKey());
    const raised = { capacity: 1000, refillPerSecond: 100 };
    await stub.ask(ask([0], { rule: raised }));
    const assumed = { ...RULE, isAssumed: true };
    const { waitsMs, level } = await stub.ask(ask([1], { rule: assumed }));
    expect([waitsMs, level]).toEqual([[0], 999 * MICRO]);
    await stub.giveBack(assumed, 1);
    expect(await stub.look(assumed)).toBe(1000 * MICRO);
    await stub.ask(ask([200], { rule: raised }));
    await evictDurableObject(stub);
    expect((await stub.ask(ask([1], { rule: assumed }))).level).toBeGreaterThan(500 * MICRO);
    expect((await stub.ask(ask([1]))).level).toBe(99 * MICRO);
    expect((await stub.ask(ask([1], { rule: { ...raised, isAssumed: true } }))).level).toBe(98 * MICRO);
  });

  it("begins with what is assumed where it has heard of nothing", async () => {
    const stub = objectOf(newKey());
    expect((await stub.ask(ask([1], { rule: { ...RULE, isAssumed: true } }))).level).toBe(99 * MICRO);
  });

  it("uses nothing of what its location borrowed before its clock stepped back", async () => {
    const key = newKey();
    const world = `world:${POLICY.name}:${key}`;
    const near = env.TOKEN_BUCKETS.getByName(`near:AMS:${POLICY.name}:${key}`);
    for (let n = 0; n < 30; n += 1) await near.askNear(world, ask([1]));
    // The location's machine alone: the world's clock goes on, and with it the loan comes to its end.
    vi.setSystemTime(START - 60_000);
    const { waitsMs } = await runInDurableObject(near, async (instance) => {
      const bindings = (instance as unknown as { env: Env }).env; // what the platform gives it
      const silent = { ask: () => Promise.reject(new Error("no world")) };
      const spy = vi.spyOn(bindings.TOKEN_BUCKETS, "getByName").mockReturnValue(silent as never); // all that is called of it
      try {
        return await instance.askNear(world, ask([1])).catch(() => ({ waitsMs: ["asked"] }));
      } finally {
        spy.mockRestore();
      }
    });
    expect(waitsMs).toEqual(["asked"]);
  });

  it("draws its line close by the latest rule", async () => {
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: START });
    const stub = objectOf(newKey());
    const lowered = { capacity: 40, refillPerSecond: 0.01 };
    await stub.ask(ask([50]));
    await stub.ask(ask([10], { rule: lowered }));
    const lineOf = () => runInDurableObject(stub, (_, { storage }) => storage.kv.get<Line>("line"));
    expect((await lineOf())?.depth).toBeGreaterThan(0);
    await runInDurableObject(stub, () => vi.advanceTimersByTime(9000));
    expect(await lineOf()).toMatchObject({ rule: lowered, depth: 0 });
  });

  it("passes on to isolates what it borrows for its location", async () => {
    const key = newKey();
    const world = `world:${POLICY.name}:${key}`;
    const near = env.TOKEN_BUCKETS.getByName(`near:AMS:${POLICY.name}:${key}`);
    const first = await near.askNear(world, ask([1, 1], { ahead: 4 }));
    expect(first.waitsMs).toEqual([0, 0]);
    const all = await Promise.all(Array.from({ length: 150 }, () => near.askNear(world, ask([1]))));
    const admitted = all.filter(({ waitsMs }) => waitsMs[0] === 0).length;
    expect(admitted + 2 + (first.loan?.amount ?? 0)).toBeLessThanOrEqual(100);
    expect(admitted).toBeGreaterThan(85);
  });
});
