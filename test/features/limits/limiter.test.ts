import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLimiter, type Limiter } from "#features/limits/limiter.ts";
import type { LimitPolicy, WindowPolicy } from "#features/limits/policy.ts";
import { type CountedLender, openLender, surroundingsOf } from "./lenders.ts";

const START = 1_800_000_000_000;

const policy = (change: Partial<LimitPolicy> = {}): LimitPolicy => ({
  name: "default",
  capacity: 100,
  refillPerSecond: 10,
  mode: "lent",
  whenUnavailable: "open",
  shadow: false,
  ...change,
});

const window: WindowPolicy = { name: "login", limit: 2, windowSeconds: 10, whenUnavailable: "closed", shadow: false };

let now = START;
let deferred: Promise<unknown>[] = [];
let lenders: Map<string, CountedLender>;

function lenderOf(name: string): CountedLender {
  const lender = lenders.get(name) ?? openLender(() => now);
  lenders.set(name, lender);
  return lender;
}

function isolate(skew = 0): Limiter {
  return createLimiter(() => now + skew, lenderOf);
}

beforeEach(() => {
  now = START;
  deferred = [];
  lenders = new Map();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Charges one token at even distances, and counts what came of it. */
async function steady(limiter: Limiter, one: LimitPolicy, perSecond: number, seconds: number) {
  let allowed = 0;
  const begin = now;
  for (let n = 0; n < perSecond * seconds; n += 1) {
    now = begin + Math.floor((n * 1000) / perSecond);
    const [standing] = await limiter.charge([{ policy: one, key: "a", cost: 1 }], surroundingsOf(deferred));
    if (standing?.allowed) allowed += 1;
    await Promise.all(deferred.splice(0));
  }
  now = begin + seconds * 1000;
  return allowed;
}

describe("calls to the bucket", () => {
  const thousand = { capacity: 2000, refillPerSecond: 1000 };

  it("are at most 20 in 1,000 requests of a client at half of its rate, and none is refused", async () => {
    const fast = policy(thousand);
    await steady(isolate(), fast, 500, 2);
    const lender = lenderOf("default:a");
    const limiter = isolate();
    await steady(limiter, fast, 500, 1);
    const before = lender.calls;
    expect(await steady(limiter, fast, 500, 10)).toBe(5000);
    expect(((lender.calls - before) / 5000) * 1000).toBeLessThanOrEqual(20);
  });

  it("are 1,000 in 1,000 where the policy is exact", async () => {
    expect(await steady(isolate(), policy({ ...thousand, mode: "exact" }), 500, 2)).toBe(1000);
    expect(lenderOf("default:a").calls).toBe(1000);
  });

  for (const refillPerSecond of [1, 5, 10, 1000]) {
    it(`are a few a second when a flood is refused, at ${refillPerSecond} a second`, async () => {
      const slow = policy({ capacity: Math.max(100, 2 * refillPerSecond), refillPerSecond });
      const flood = Math.max(500, 3 * refillPerSecond);
      const limiter = isolate();
      await steady(limiter, slow, flood, 2);
      const before = lenderOf("default:a").calls;
      const allowed = await steady(limiter, slow, flood, 10);
      expect((lenderOf("default:a").calls - before) / 10).toBeLessThanOrEqual(5);
      expect(allowed).toBeLessThanOrEqual(slow.capacity + refillPerSecond * 10);
      expect(allowed).toBeGreaterThanOrEqual(0.9 * refillPerSecond * 10);
    });
  }
});

describe("a quota", () => {
  const day = policy({ name: "free-day", capacity: 50_000, refillPerSecond: 50_000 / 86_400 });

  it("is asked for seldom, however quiet the client, from its second request on", async () => {
    const limiter = isolate();
    let allowed = 0;
    for (let n = 0; n < 200; n += 1) {
      now += 2000;
      const [standing] = await limiter.charge([{ policy: day, key: "a", cost: 1 }], surroundingsOf(deferred));
      await Promise.all(deferred.splice(0));
      expect(standing?.remaining).toBeGreaterThan(49_998 - n);
      expect(standing?.remaining).toBeLessThanOrEqual(49_999);
      allowed += standing?.allowed === true ? 1 : 0;
    }
    expect(allowed).toBe(200);
    expect(lenderOf("free-day:a").calls).toBeLessThan(25);
  });

  it("is exact again when little is left", async () => {
    const limiter = isolate();
    const spend = async (cost: number) => {
      now += 1000;
      const [standing] = await limiter.charge([{ policy: day, key: "a", cost }], surroundingsOf(deferred));
      await Promise.all(deferred.splice(0));
      return standing;
    };
    for (let n = 0; n < 50; n += 1) await spend(990);
    now += 130_000;
    const before = lenderOf("free-day:a").calls;
    for (let n = 0; n < 20; n += 1) await spend(1);
    expect(lenderOf("free-day:a").calls - before).toBe(20);
  });
});

describe("a refusal", () => {
  it("takes nothing, and hearing it often makes it no longer", async () => {
    const limiter = isolate();
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    for (let n = 0; n < 100; n += 1) await limiter.charge(charges, surroundingsOf());
    for (let ms = 0; ms < 100; ms += 1) {
      now = START + ms;
      expect((await limiter.charge(charges, surroundingsOf()))[0]).toMatchObject({
        allowed: false,
        remaining: 0,
        retryAfterMs: 100 - ms,
        resetMs: START + 10_000,
      });
    }
    now = START + 100;
    expect((await limiter.charge(charges, surroundingsOf()))[0]).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("by one policy takes nothing from the others, whoever is first", async () => {
    const limiter = isolate();
    const wide = { policy: policy({ name: "wide" }), key: "a", cost: 1 };
    const narrow = { policy: policy({ name: "narrow", capacity: 1, refillPerSecond: 0.1 }), key: "a", cost: 1 };
    const watched = { policy: policy({ name: "watched", capacity: 1, shadow: true }), key: "a", cost: 1 };
    await limiter.charge([wide, narrow, watched], surroundingsOf(deferred));
    for (const other of [isolate(), limiter, limiter]) {
      const refused = await other.charge([wide, narrow, watched], surroundingsOf(deferred));
      await Promise.all(deferred);
      expect(refused.map(({ allowed }) => allowed)[1]).toBe(false);
    }
    const [found] = await limiter.peek([wide], surroundingsOf());
    expect(found).toMatchObject({ remaining: 99, allowed: true });
  });

  it("by a policy in shadow mode refuses nothing else", async () => {
    const limiter = isolate();
    const wide = { policy: policy({ name: "wide" }), key: "a", cost: 1 };
    const watched = { policy: policy({ name: "watched", capacity: 1, shadow: true }), key: "a", cost: 1 };
    await limiter.charge([wide, watched], surroundingsOf());
    const standings = await limiter.charge([wide, watched], surroundingsOf());
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
    const taken = await limiter.charge(charges, surroundingsOf());
    limiter.refund(
      charges.map((charge, index) => ({ ...charge, takenAt: taken[index]?.takenAt })),
      surroundingsOf(deferred),
    );
    await Promise.all(deferred);
    const standings = await isolate().peek(charges, surroundingsOf());
    expect(standings.map(({ remaining }) => remaining)).toEqual([100, 2]);
  });

  it("takes from a window the attempt that it was, and not a later one of somebody else", async () => {
    const charges = [{ policy: window, key: "a", cost: 1 }];
    const [mine, other] = [isolate(), isolate()];
    const [taken] = await mine.charge(charges, surroundingsOf());
    now += 6000;
    await other.charge(charges, surroundingsOf());
    mine.refund(
      charges.map((charge) => ({ ...charge, takenAt: taken?.takenAt })),
      surroundingsOf(deferred),
    );
    await Promise.all(deferred);
    now += 5000;
    expect((await isolate().peek(charges, surroundingsOf()))[0]).toMatchObject({ remaining: 1, resetMs: now + 5000 });
  });

  it("does so as well where another policy refuses", async () => {
    const narrow = { policy: policy({ name: "narrow", capacity: 1, refillPerSecond: 0.01 }), key: "a", cost: 1 };
    const attempt = { policy: window, key: "a", cost: 1 };
    await isolate().charge([narrow], surroundingsOf());
    const refused = await isolate().charge([attempt, narrow], surroundingsOf(deferred));
    expect(refused.map(({ allowed }) => allowed)).toEqual([true, false]);
    await Promise.all(deferred);
    expect((await isolate().peek([attempt], surroundingsOf()))[0]?.remaining).toBe(2);
  });
});

describe("a bucket that cannot be asked", () => {
  for (const whenUnavailable of ["open", "closed"] as const) {
    for (const one of [policy({ whenUnavailable }), { ...window, whenUnavailable }]) {
      it(`is ${whenUnavailable}, as its policy says, and says so: ${one.name}`, async () => {
        const limiter = isolate();
        lenderOf(`${one.name}:a`).before = () => Promise.reject(new Error("no object"));
        const [standing] = await limiter.charge([{ policy: one, key: "a", cost: 1 }], surroundingsOf());
        expect(standing).toMatchObject({ allowed: whenUnavailable === "open", source: "failed" });
        expect(standing?.retryAfterMs).toBe(whenUnavailable === "open" ? 0 : 1000);
      });
    }
  }

  it("lets each isolate go on by itself, with no more than one bucket would admit", async () => {
    const lender = lenderOf("default:a");
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    const limiter = isolate();
    for (let n = 0; n < 40; n += 1) await limiter.charge(charges, surroundingsOf());
    lender.before = () => Promise.reject(new Error("no object"));
    const standings = [];
    for (let n = 0; n < 100; n += 1) standings.push(...(await limiter.charge(charges, surroundingsOf())));
    expect(standings.filter(({ allowed }) => allowed)).toHaveLength(60);
    expect(standings.at(0)).toMatchObject({ source: "failed", retryAfterMs: 0 });
    const refused = { source: "alone", allowed: false, remaining: 0, retryAfterMs: 100, resetMs: now + 10_000 };
    expect(standings.at(-1)).toMatchObject(refused);
    const dear = [{ policy: policy(), key: "a", cost: 40 }];
    now += 1500;
    expect((await limiter.charge(dear, surroundingsOf()))[0]).toMatchObject({
      ...refused,
      remaining: 15,
      retryAfterMs: 2500,
      resetMs: now + 8500,
    });
    now -= 1500;
    now += 100;
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.allowed).toBe(true);
    lender.before = async () => undefined;
    now += 1000;
    expect((await limiter.charge(charges, surroundingsOf()))[0]).toMatchObject({ source: "object", allowed: true });
  });

  it("is waited for two seconds, and then for a second not at all", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const limiter = isolate();
    const lender = lenderOf("default:a");
    lender.before = () => new Promise(() => undefined);
    const charges = [{ policy: policy(), key: "a", cost: 1 }];
    const waiting = limiter.charge(charges, surroundingsOf());
    await vi.advanceTimersByTimeAsync(2000);
    expect((await waiting)[0]).toMatchObject({ allowed: true, source: "failed" });
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.source).toBe("failed");
    expect(lender.calls).toBe(1);
    vi.useRealTimers();
    lender.before = async () => undefined;
    now += 2001;
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.source).toBe("object");
  });

  it("is not one that has answered, where the timer of another request's wait goes on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    // A timer belongs to the request that set it, which another one that tells it the answer cannot reach.
    vi.stubGlobal("clearTimeout", () => undefined);
    const limiter = isolate();
    const charges = [{ policy: policy({ mode: "exact" }), key: "a", cost: 1 }];
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.source).toBe("object");
    await vi.advanceTimersByTimeAsync(2000);
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.source).toBe("object");
  });

  it("is asked again, though the clock stepped back since it was silent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const limiter = isolate();
    const lender = lenderOf("default:a");
    lender.before = () => new Promise(() => undefined);
    const charges = [{ policy: policy({ mode: "exact" }), key: "a", cost: 1 }];
    const waiting = limiter.charge(charges, surroundingsOf());
    await vi.advanceTimersByTimeAsync(2000);
    await waiting;
    lender.before = async () => undefined;
    now -= 3_600_000;
    expect((await limiter.charge(charges, surroundingsOf()))[0]?.source).toBe("object");
  });
});
