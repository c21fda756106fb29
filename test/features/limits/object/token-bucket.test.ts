import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MICRO } from "#features/limits/bucket/bucket.ts";
import type { BucketRule, LeaseRequest } from "#features/limits/bucket/messages.ts";
import type { PersistedFloor } from "#features/limits/bucket/persisted-floor.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject, type LimitContext } from "#features/limits/object/find-object.ts";
import type { BucketPolicy, WindowPolicy } from "#features/limits/policy/policy.ts";

const START = Date.UTC(2026, 0, 31, 12);
const RULE: BucketRule = { capacity: 100, refillPerSecond: 10 };
const POLICY: BucketPolicy = {
  name: "test",
  ...RULE,
  mode: "leased",
  whenUnavailable: "closed",
  shadow: false,
};
const WINDOW: WindowPolicy = { name: "log-in", limit: 3, windowSeconds: 60, whenUnavailable: "closed", shadow: false };

const context: LimitContext = {
  objects: env,
  defer: (work) => void work.catch(() => undefined),
};

let keys = 0;

function newKey(): string {
  keys += 1;
  return `key-${keys}`;
}

function leaseRequest(costs: readonly number[], more: Partial<LeaseRequest> = {}): LeaseRequest {
  return { rule: RULE, costs, leaseTokens: 0, ttlMs: 2000, settlements: [], callCount: 1, ...more };
}

function objectOf(key: string) {
  return env.TOKEN_BUCKETS.getByName(`world:${POLICY.name}:${key}`);
}

/** Ends an object without an orderly shutdown. */
async function crash(stub: ReturnType<typeof objectOf>): Promise<void> {
  await expect(runInDurableObject(stub, (_, state) => state.abort("crash"))).rejects.toThrow("crash");
}

function limiter() {
  return createLimiter(() => Date.now(), findObject);
}

function advanceClock(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("200 requests at once", () => {
  for (const mode of ["exact", "leased"] as const) {
    it(`take exactly the 100 tokens of a full bucket, ${mode}`, async () => {
      const key = newKey();
      const { charge } = limiter();
      const charges = [{ policy: { ...POLICY, mode }, key, cost: 1 }];
      const standings = await Promise.all(Array.from({ length: 200 }, () => charge(charges, context)));
      expect(standings.filter(([standing]) => standing?.allowed)).toHaveLength(100);
      for (const [standing] of standings) {
        if (standing?.allowed === false) expect(standing).toMatchObject({ remaining: 0, retryAfterMs: 100 });
      }
    });

    it(`take exactly 100 tokens from five isolates, ${mode}`, async () => {
      const key = newKey();
      const isolates = Array.from({ length: 5 }, limiter);
      const charges = [{ policy: { ...POLICY, mode }, key, cost: 1 }];
      const standings = await Promise.all(
        Array.from({ length: 200 }, (_, index) => isolates[index % 5]?.charge(charges, context)),
      );
      expect(standings.filter((found) => found?.[0]?.allowed)).toHaveLength(100);
    });
  }
});

describe("waiting", () => {
  it("for the returned time succeeds and a millisecond less does not, after any number of tries", async () => {
    const key = newKey();
    const { charge } = limiter();
    const charges = [{ policy: POLICY, key, cost: 1 }];
    for (let n = 0; n < 100; n += 1) expect((await charge(charges, context))[0]?.allowed).toBe(true);
    for (const cost of [1, 5, 1, 2]) {
      const dear = [{ policy: POLICY, key, cost }];
      const retryAfterMs = (await charge(dear, context))[0]?.retryAfterMs ?? 0;
      expect(retryAfterMs).toBe(cost * 100);
      for (let n = 0; n < 20; n += 1) expect((await charge(dear, context))[0]?.allowed).toBe(false);
      advanceClock(retryAfterMs - 1);
      expect((await charge(dear, context))[0]).toMatchObject({ allowed: false, retryAfterMs: 1 });
      advanceClock(1);
      expect((await charge(dear, context))[0]?.allowed).toBe(true);
    }
  });
});

describe("eviction", () => {
  /** Sends 60 requests with a crash after each 20. Returns what is left and what was taken after each. */
  async function crashing(betweenMs: number): Promise<{ left: number; taken: number; crashes: number }[]> {
    const key = newKey();
    const seen = [];
    let taken = 0;
    for (let n = 0; n < 60; n += 1) {
      const stub = objectOf(key);
      if (n % 20 === 0 && n > 0) await crash(stub);
      advanceClock(betweenMs);
      const { waitsMs } = await objectOf(key).requestLease(leaseRequest([2]));
      taken += waitsMs[0] === 0 ? 2 : 0;
      const left = (await objectOf(key).readLevel(RULE)) / MICRO;
      seen.push({ left, taken: taken - ((n + 1) * betweenMs) / 100, crashes: Math.floor(n / 20) });
    }
    return seen;
  }

  it("gains the client nothing, and costs at most a quarter of the capacity in a burst", async () => {
    for (const { left, taken, crashes } of await crashing(0)) {
      expect(left).toBeLessThanOrEqual(100 - taken);
      expect(left).toBeGreaterThanOrEqual(98 - taken - 25 * crashes);
    }
  });

  it("costs a steady client at most a sixteenth, and nothing after ten quiet seconds", async () => {
    for (const { left, crashes } of await crashing(200)) {
      expect(left).toBeLessThanOrEqual(98);
      expect(left).toBeGreaterThanOrEqual(98 - 7 * crashes);
    }
    const key = newKey();
    await objectOf(key).requestLease(leaseRequest([2]));
    advanceClock(10_000);
    await crash(objectOf(key));
    expect(await objectOf(key).readLevel(RULE)).toBe(100 * MICRO);
  });

  it("counts leased tokens as spent until their leases expire", async () => {
    const key = newKey();
    const stub = objectOf(key);
    const { lease } = await stub.requestLease(leaseRequest([1], { leaseTokens: 40 }));
    expect(lease?.amount).toBe(40);
    await evictDurableObject(stub);
    await stub.requestLease(leaseRequest([], { settlements: [{ leaseId: lease?.id ?? 0, spent: 0, unused: 40 }] }));
    expect(await stub.readLevel(RULE)).toBeLessThanOrEqual(59 * MICRO);
    advanceClock(3999);
    expect(await stub.readLevel(RULE)).toBeLessThanOrEqual(60 * MICRO);
    advanceClock(9000);
    expect(await stub.readLevel(RULE)).toBeGreaterThan(90 * MICRO);
  });

  it("loses no entry of a window", async () => {
    const key = newKey();
    const charges = [{ policy: WINDOW, key, cost: 1 }];
    const { charge } = limiter();
    for (let n = 0; n < 3; n += 1) {
      expect((await charge(charges, context))[0]).toMatchObject({ allowed: true, remaining: 2 - n });
      advanceClock(1000);
    }
    await evictDurableObject(env.TOKEN_BUCKETS.getByName(`world:${WINDOW.name}:${key}`));
    expect((await charge(charges, context))[0]).toMatchObject({ allowed: false, retryAfterMs: 57_000 });
    advanceClock(56_999);
    expect((await charge(charges, context))[0]?.allowed).toBe(false);
    advanceClock(1);
    expect((await charge(charges, context))[0]?.allowed).toBe(true);
    expect((await charge(charges, context))[0]).toMatchObject({ allowed: false, retryAfterMs: 1000 });
  });
});

describe("the object", () => {
  it("adds nothing while its clock is behind", async () => {
    const stub = objectOf(newKey());
    await stub.requestLease(leaseRequest([100]));
    advanceClock(1000);
    expect(await stub.readLevel(RULE)).toBe(10 * MICRO);
    advanceClock(-500_000);
    expect(await stub.readLevel(RULE)).toBe(10 * MICRO);
    advanceClock(500_100);
    expect(await stub.readLevel(RULE)).toBe(11 * MICRO);
  });

  it("writes few of many small requests", async () => {
    const stub = objectOf(newKey());
    let writes = 0;
    await stub.requestLease(leaseRequest([1]));
    await runInDurableObject(stub, (_, { storage }) => {
      const put = storage.kv.put.bind(storage.kv);
      storage.kv.put = (key, value) => {
        writes += 1;
        put(key, value);
      };
    });
    for (let n = 0; n < 99; n += 1) {
      advanceClock(1);
      await stub.requestLease(leaseRequest([1]));
    }
    expect(writes).toBeLessThanOrEqual(6);
    expect(writes).toBeGreaterThan(2);
  });

  it("writes once in several seconds for a client that takes a few tokens of a full bucket", async () => {
    const stub = objectOf(newKey());
    await stub.requestLease(leaseRequest([1]));
    let writes = 0;
    await runInDurableObject(stub, (_, { storage }) => {
      const put = storage.kv.put.bind(storage.kv);
      storage.kv.put = (key, value) => {
        writes += 1;
        put(key, value);
      };
    });
    for (let n = 0; n < 60; n += 1) {
      advanceClock(1000);
      await stub.requestLease(leaseRequest([2]));
    }
    expect(writes).toBeLessThanOrEqual(8);
  });

  it("is deleted when its bucket is full again, and not before", async () => {
    const stub = objectOf(newKey());
    const keysOf = () => runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].length);
    await stub.requestLease(leaseRequest([50], { leaseTokens: 10 }));
    await runDurableObjectAlarm(stub);
    expect(await keysOf()).toBe(1);
    advanceClock(60_000);
    await runDurableObjectAlarm(stub);
    expect(await keysOf()).toBe(0);
    expect(await stub.readLevel(RULE)).toBe(100 * MICRO);
  });

  it("is full after a reset, except for leased tokens", async () => {
    const stub = objectOf(newKey());
    await stub.requestLease(leaseRequest([50], { leaseTokens: 10 }));
    await stub.reset();
    expect(await stub.readLevel(RULE)).toBe(90 * MICRO);
  });

  it("is full after a reset and a crash", async () => {
    const key = newKey();
    const stub = objectOf(key);
    await stub.requestLease(leaseRequest([100]));
    await stub.reset();
    // Not an eviction, which comes after a quiet time in which the floor becomes tight anyway.
    await crash(stub);
    expect(await objectOf(key).readLevel(RULE)).toBe(100 * MICRO);
  });

  it("keeps its rule when an isolate assumes another, and applies a rule that an isolate is certain of", async () => {
    const stub = objectOf(newKey());
    const raised = { capacity: 1000, refillPerSecond: 100 };
    await stub.requestLease(leaseRequest([0], { rule: raised }));
    const assumed = { ...RULE, isAssumed: true };
    const { waitsMs, level } = await stub.requestLease(leaseRequest([1], { rule: assumed }));
    expect([waitsMs, level]).toEqual([[0], 999 * MICRO]);
    await stub.giveBackTokens(assumed, 1);
    expect(await stub.readLevel(assumed)).toBe(1000 * MICRO);
    await stub.requestLease(leaseRequest([200], { rule: raised }));
    await evictDurableObject(stub);
    expect((await stub.requestLease(leaseRequest([1], { rule: assumed }))).level).toBeGreaterThan(500 * MICRO);
    expect((await stub.requestLease(leaseRequest([1]))).level).toBe(99 * MICRO);
    expect((await stub.requestLease(leaseRequest([1], { rule: { ...raised, isAssumed: true } }))).level).toBe(
      98 * MICRO,
    );
  });

  it("reads what released versions stored, under the same keys", async () => {
    const stub = objectOf(newKey());
    await runInDurableObject(stub, (_, { storage }) => {
      const at = Date.now();
      const stored = {
        rule: RULE,
        level: 20 * MICRO,
        at,
        depth: 7,
        heldUntil: at + 8000,
        lent: 30,
        lentUntil: at + 4000,
      };
      storage.kv.put("line", stored);
      storage.kv.put("log", [at, at]);
      storage.kv.put("log-rule", { limit: 3, windowMs: 60_000 });
    });
    expect(await stub.readLevel(RULE)).toBe(20 * MICRO);
    expect((await stub.readWindow({ limit: 3, windowMs: 60_000 })).remaining).toBe(1);
    advanceClock(3000);
    expect(await stub.readLevel(RULE)).toBe(50 * MICRO);
    // Leased tokens count until they expire by any clock.
    advanceClock(3000);
    expect(await stub.readLevel(RULE)).toBe(70 * MICRO);
    advanceClock(4000);
    expect(await stub.readLevel(RULE)).toBe(100 * MICRO);
  });

  it("starts with an assumed rule if it knows no other", async () => {
    const stub = objectOf(newKey());
    expect((await stub.requestLease(leaseRequest([1], { rule: { ...RULE, isAssumed: true } }))).level).toBe(99 * MICRO);
  });

  it("uses no lease of its location from before its clock stepped back", async () => {
    const key = newKey();
    const globalName = `world:${POLICY.name}:${key}`;
    const location = env.TOKEN_BUCKETS.getByName(`near:AMS:${POLICY.name}:${key}`);
    for (let n = 0; n < 30; n += 1) await location.requestLocationLease(globalName, leaseRequest([1]));
    // Only the location's clock steps back. The global bucket's clock runs on, and the lease expires there.
    vi.setSystemTime(START - 60_000);
    const { waitsMs } = await runInDurableObject(location, async (instance) => {
      const bindings = (instance as unknown as { env: Env }).env; // what the platform gives it
      const silent = { requestLease: () => Promise.reject(new Error("unreachable")) };
      const spy = vi.spyOn(bindings.TOKEN_BUCKETS, "getByName").mockReturnValue(silent as never); // all that is called of it
      try {
        return await instance
          .requestLocationLease(globalName, leaseRequest([1]))
          .catch(() => ({ waitsMs: ["called"] }));
      } finally {
        spy.mockRestore();
      }
    });
    expect(waitsMs).toEqual(["called"]);
  });

  it("tightens its floor by the latest rule", async () => {
    vi.useRealTimers();
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: START });
    const stub = objectOf(newKey());
    const lowered = { capacity: 40, refillPerSecond: 0.01 };
    await stub.requestLease(leaseRequest([50]));
    await stub.requestLease(leaseRequest([10], { rule: lowered }));
    const floorOf = () => runInDurableObject(stub, (_, { storage }) => storage.kv.get<PersistedFloor>("line"));
    expect((await floorOf())?.depth).toBeGreaterThan(0);
    await runInDurableObject(stub, () => vi.advanceTimersByTime(9000));
    expect(await floorOf()).toMatchObject({ rule: lowered, depth: 0 });
  });

  it("subleases tokens of its location to isolates", async () => {
    const key = newKey();
    const globalName = `world:${POLICY.name}:${key}`;
    const location = env.TOKEN_BUCKETS.getByName(`near:AMS:${POLICY.name}:${key}`);
    const first = await location.requestLocationLease(globalName, leaseRequest([1, 1], { leaseTokens: 4 }));
    expect(first.waitsMs).toEqual([0, 0]);
    const all = await Promise.all(
      Array.from({ length: 150 }, () => location.requestLocationLease(globalName, leaseRequest([1]))),
    );
    const admitted = all.filter(({ waitsMs }) => waitsMs[0] === 0).length;
    expect(admitted + 2 + (first.lease?.amount ?? 0)).toBeLessThanOrEqual(100);
    expect(admitted).toBeGreaterThan(85);
  });
});
