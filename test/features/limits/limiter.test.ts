import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLimiter, type Limiter } from "#features/limits/limiter.ts";
import type { BucketPolicy, WindowPolicy } from "#features/limits/policy/policy.ts";
import { type CountedObject, contextOf, createCountedObject } from "./support/limit-objects.ts";

const START = 1_800_000_000_000;

const policy = (change: Partial<BucketPolicy> = {}): BucketPolicy => ({
  name: "default",
  capacity: 100,
  refillPerSecond: 10,
  mode: "leased",
  whenUnavailable: "open",
  shadow: false,
  ...change,
});

const window: WindowPolicy = { name: "login", limit: 2, windowSeconds: 10, whenUnavailable: "closed", shadow: false };

let now = START;
let deferred: Promise<unknown>[] = [];
let objects: Map<string, CountedObject>;

function objectOf(name: string): CountedObject {
  const object = objects.get(name) ?? createCountedObject(() => now);
  objects.set(name, object);
  return object;
}

function isolate(skew = 0): Limiter {
  return createLimiter(() => now + skew, objectOf);
}

beforeEach(() => {
  now = START;
  deferred = [];
  objects = new Map();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Charges one token at even intervals, and counts the allowed charges. */
async function steady(limiter: Limiter, one: BucketPolicy, perSecond: number, seconds: number) {
  let allowed = 0;
  const begin = now;
  for (let n = 0; n < perSecond * seconds; n += 1) {
    now = begin + Math.floor((n * 1000) / perSecond);
    const [standing] = await limiter.charge([{ policy: one, key: "a", cost: 1 }], contextOf(deferred));
    if (standing?.allowed) allowed += 1;
    await Promise.all(deferred.splice(0));
  }
  now = begin + seconds * 1000;
  return allowed;
}

describe("calls to the bucket", () => {
  const thousand = { capacity: 2000, refillPerSecond: 1000 };

  it("are at most 20 in 1,000 requests of a client at half of its rate, and no request is refused", async () => {
    const fast = policy(thousand);
    await steady(isolate(), fast, 500, 2);
    const object = objectOf("default:a");
    const limiter = isolate();
    await steady(limiter, fast, 500, 1);
    const before = object.calls;
    expect(await steady(limiter, fast, 500, 10)).toBe(5000);
    expect(((object.calls - before) / 5000) * 1000).toBeLessThanOrEqual(20);
  });

  it("are one for each request if the policy is exact", async () => {
    expect(await steady(isolate(), policy({ ...thousand, mode: "exact" }), 500, 2)).toBe(1000);
    expect(objectOf("default:a").calls).toBe(1000);
  });

  for (const refillPerSecond of [1, 5, 10, 1000]) {
    it(`are a few a second when a flood is refused, at ${refillPerSecond} a second`, async () => {
      const slow = policy({ capacity: Math.max(100, 2 * refillPerSecond), refillPerSecond });
      const flood = Math.max(500, 3 * refillPerSecond);
      const limiter = isolate();
      await steady(limiter, slow, flood, 2);
      const before = objectOf("default:a").calls;
      const allowed = await steady(limiter, slow, flood, 10);
      expect((objectOf("default:a").calls - before) / 10).toBeLessThanOrEqual(5);
      expect(allowed).toBeLessThanOrEqual(slow.capacity + refillPerSecond * 10);
      expect(allowed).toBeGreaterThanOrEqual(0.9 * refillPerSecond * 10);
    });
  }
});

describe("a quota", () => {
  const day = policy({ name: "free-day", capacity: 50_000, refillPerSecond: 50_000 / 86_400 });

  it("needs few calls from the second request on, however quiet the client is", async () => {
    const limiter = isolate();
    let allowed = 0;
    for (let n = 0; n < 200; n += 1) {
      now += 2000;
      const [standing] = await limiter.charge([{ policy: day, key: "a", cost: 1 }], contextOf(deferred));
      await Promise.all(deferred.splice(0));
      expect(standing?.remaining).toBeGreaterThan(49_998 - n);
      expect(standing?.remaining).toBeLessThanOrEqual(49_999);
      allowed += standing?.allowed === true ? 1 : 0;
    }
    expect(allowed).toBe(200);
    expect(objectOf("free-day:a").calls).toBeLessThan(25);
  });

  it("is counted exactly when little is left", async () => {
    const limiter = isolate();
    const spend = async (cost: number) => {
      now += 1000;
      const [standing] = await limiter.charge([{ policy: day, key: "a", cost }], contextOf(deferred));
      await Promise.all(deferred.splice(0));
      return standing;
    };
    for (let n = 0; n < 50; n += 1) await spend(990);
    now += 130_000;
    const before = objectOf("free-day:a").calls;
    for (let n = 0; n < 20; n += 1) await spend(1);
    expect(objectOf("free-day:a").calls - before).toBe(20);
  });
});

describe("a refusal", () => {
  it("takes nothing, and repeating it makes no wait longer", async () => {
    const limiter = isolate();
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    for (let n = 0; n < 100; n += 1) await limiter.charge(charges, contextOf());
    for (let ms = 0; ms < 100; ms += 1) {
      now = START + ms;
      expect((await limiter.charge(charges, contextOf()))[0]).toMatchObject({
        allowed: false,
        remaining: 0,
        retryAfterMs: 100 - ms,
        resetMs: START + 10_000,
      });
    }
    now = START + 100;
    expect((await limiter.charge(charges, contextOf()))[0]).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("by one policy takes nothing from the others, in any order", async () => {
    const limiter = isolate();
    const wide = { policy: policy({ name: "wide" }), key: "a", cost: 1 };
    const narrow = { policy: policy({ name: "narrow", capacity: 1, refillPerSecond: 0.1 }), key: "a", cost: 1 };
    const watched = { policy: policy({ name: "watched", capacity: 1, shadow: true }), key: "a", cost: 1 };
    await limiter.charge([wide, narrow, watched], contextOf(deferred));
    for (const other of [isolate(), limiter, limiter]) {
      const refused = await other.charge([wide, narrow, watched], contextOf(deferred));
      await Promise.all(deferred);
      expect(refused.map(({ allowed }) => allowed)[1]).toBe(false);
    }
    const [found] = await limiter.peek([wide], contextOf());
    expect(found).toMatchObject({ remaining: 99, allowed: true });
  });

  it("by a policy in shadow mode refuses nothing for the others", async () => {
    const limiter = isolate();
    const wide = { policy: policy({ name: "wide" }), key: "a", cost: 1 };
    const watched = { policy: policy({ name: "watched", capacity: 1, shadow: true }), key: "a", cost: 1 };
    await limiter.charge([wide, watched], contextOf());
    const standings = await limiter.charge([wide, watched], contextOf());
    expect(standings.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(standings[0]?.remaining).toBe(98);
  });
});

describe("giving back", () => {
  it("makes room again, in a bucket and in a window", async () => {
    const limiter = isolate();
    const charges = [
      { policy: policy(), key: "a", cost: 5 },
      { policy: window, key: "a", cost: 1 },
    ];
    const taken = await limiter.charge(charges, contextOf());
    limiter.refund(
      charges.map((charge, index) => ({ ...charge, takenAt: taken[index]?.takenAt })),
      contextOf(deferred),
    );
    await Promise.all(deferred);
    const standings = await isolate().peek(charges, contextOf());
    expect(standings.map(({ remaining }) => remaining)).toEqual([100, 2]);
  });

  it("removes its own entry from a window, and not a later one of another request", async () => {
    const charges = [{ policy: window, key: "a", cost: 1 }];
    const [mine, other] = [isolate(), isolate()];
    const [taken] = await mine.charge(charges, contextOf());
    now += 6000;
    await other.charge(charges, contextOf());
    mine.refund(
      charges.map((charge) => ({ ...charge, takenAt: taken?.takenAt })),
      contextOf(deferred),
    );
    await Promise.all(deferred);
    now += 5000;
    expect((await isolate().peek(charges, contextOf()))[0]).toMatchObject({ remaining: 1, resetMs: now + 5000 });
  });

  it("happens when another policy refuses", async () => {
    const narrow = { policy: policy({ name: "narrow", capacity: 1, refillPerSecond: 0.01 }), key: "a", cost: 1 };
    const attempt = { policy: window, key: "a", cost: 1 };
    await isolate().charge([narrow], contextOf());
    const refused = await isolate().charge([attempt, narrow], contextOf(deferred));
    expect(refused.map(({ allowed }) => allowed)).toEqual([true, false]);
    await Promise.all(deferred);
    expect((await isolate().peek([attempt], contextOf()))[0]?.remaining).toBe(2);
  });
});

describe("a limit that does not respond", () => {
  for (const whenUnavailable of ["open", "closed"] as const) {
    for (const one of [policy({ whenUnavailable }), { ...window, whenUnavailable }]) {
      it(`is ${whenUnavailable} as its policy says, and the standing says "failed": ${one.name}`, async () => {
        const limiter = isolate();
        objectOf(`${one.name}:a`).before = () => Promise.reject(new Error("unreachable"));
        const [standing] = await limiter.charge([{ policy: one, key: "a", cost: 1 }], contextOf());
        expect(standing).toMatchObject({ allowed: whenUnavailable === "open", source: "failed" });
        expect(standing?.retryAfterMs).toBe(whenUnavailable === "open" ? 0 : 1000);
      });
    }
  }

  it("lets each isolate admit as much as one bucket would", async () => {
    const object = objectOf("default:a");
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    const limiter = isolate();
    for (let n = 0; n < 40; n += 1) await limiter.charge(charges, contextOf());
    object.before = () => Promise.reject(new Error("unreachable"));
    const standings = [];
    for (let n = 0; n < 100; n += 1) standings.push(...(await limiter.charge(charges, contextOf())));
    expect(standings.filter(({ allowed }) => allowed)).toHaveLength(60);
    expect(standings.at(0)).toMatchObject({ source: "failed", retryAfterMs: 0 });
    const refused = { source: "alone", allowed: false, remaining: 0, retryAfterMs: 100, resetMs: now + 10_000 };
    expect(standings.at(-1)).toMatchObject(refused);
    const dear = [{ policy: policy(), key: "a", cost: 40 }];
    now += 1500;
    expect((await limiter.charge(dear, contextOf()))[0]).toMatchObject({
      ...refused,
      remaining: 15,
      retryAfterMs: 2500,
      resetMs: now + 8500,
    });
    now -= 1500;
    now += 100;
    expect((await limiter.charge(charges, contextOf()))[0]?.allowed).toBe(true);
    object.before = async () => undefined;
    now += 1000;
    expect((await limiter.charge(charges, contextOf()))[0]).toMatchObject({ source: "object", allowed: true });
  });

  it("delays a request by two seconds, and in the next second not at all", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const limiter = isolate();
    const object = objectOf("default:a");
    object.before = () => new Promise(() => undefined);
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    const waiting = limiter.charge(charges, contextOf());
    await vi.advanceTimersByTimeAsync(2000);
    expect((await waiting)[0]).toMatchObject({ allowed: true, source: "failed" });
    expect((await limiter.charge(charges, contextOf()))[0]?.source).toBe("failed");
    expect(object.calls).toBe(1);
    vi.useRealTimers();
    object.before = async () => undefined;
    now += 2001;
    expect((await limiter.charge(charges, contextOf()))[0]?.source).toBe("object");
  });

  it("is not one that has responded, while the timer of another request still runs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    // A timer belongs to the request that set it. A request that resolves another one cannot clear its timer.
    vi.stubGlobal("clearTimeout", () => undefined);
    const limiter = isolate();
    const charges = [{ policy: policy({ mode: "exact" }), key: "a", cost: 1 }];
    expect((await limiter.charge(charges, contextOf()))[0]?.source).toBe("object");
    await vi.advanceTimersByTimeAsync(2000);
    expect((await limiter.charge(charges, contextOf()))[0]?.source).toBe("object");
  });

  it("is called again if the clock stepped back since the failure", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const limiter = isolate();
    const object = objectOf("default:a");
    object.before = () => new Promise(() => undefined);
    const charges = [{ policy: policy({ mode: "exact" }), key: "a", cost: 1 }];
    const waiting = limiter.charge(charges, contextOf());
    await vi.advanceTimersByTimeAsync(2000);
    await waiting;
    object.before = async () => undefined;
    now -= 3_600_000;
    expect((await limiter.charge(charges, contextOf()))[0]?.source).toBe("object");
  });
});
