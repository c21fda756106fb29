/** Metered bindings count calls, and otherwise behave like the platform's bindings. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Objects } from "#core/contract/dependencies.ts";
import { meterUsage, type UsageMeter } from "#core/data/usage.ts";
import { meterBindings } from "#pipeline/observe/metered-bindings.ts";

function metered(bindings: Partial<Objects> = {}) {
  let now = 0;
  const meter: UsageMeter = meterUsage(() => now);
  return {
    objects: meterBindings({ ...env, ...bindings }, meter),
    calls: meter.usage.calls,
    waited: meter.usage.waited,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const NOTHING = { d1: 0, object: 0, kv: 0, cache: 0 };
const WRONG_CODES = { most: 2, windowMs: 1000 };

describe("a Durable Object", () => {
  it("returns the object's results, and counts each method call", async () => {
    const { objects, calls } = metered();
    const stub = objects.LOGIN_ATTEMPTS.getByName("metered");
    expect(calls).toEqual(NOTHING);
    expect(await stub.spend(WRONG_CODES, 0)).toEqual({ outcome: "open" });
    expect(await stub.spend(WRONG_CODES, 0)).toEqual({ outcome: "open" });
    expect(await stub.spend(WRONG_CODES, 0)).toMatchObject({ outcome: "wait" });
    expect(await env.LOGIN_ATTEMPTS.getByName("metered").spend(WRONG_CODES, 0)).toMatchObject({ outcome: "wait" });
    expect(calls).toEqual({ ...NOTHING, object: 3 });
  });

  it("keeps its name and id, which do not count as calls", () => {
    const { objects, calls } = metered();
    const stub = objects.PROOF_REPLAYS.getByName("a key");
    const plain = env.PROOF_REPLAYS.getByName("a key");
    expect(stub.name).toBe("a key");
    expect(stub.id.equals(plain.id)).toBe(true);
    expect(String(stub)).toBe(String(plain));
    expect(calls).toEqual(NOTHING);
  });

  it("can be awaited, because it is not a thenable", async () => {
    const { objects, calls } = metered();
    const stub = objects.TOKEN_BUCKETS.getByName("awaited");
    expect((await stub).name).toBe("awaited");
    expect(calls).toEqual(NOTHING);
  });

  it.each(["in the object", "before it"])("fails with the object's own error, %s", async (place) => {
    const error = Object.assign(new Error("gone"), { retryable: true, overloaded: true, remote: true });
    const begin = (): Promise<never> => {
      if (place === "before it") throw error;
      return Promise.reject(error);
    };
    const { objects, calls } = metered({ LOGIN_ATTEMPTS: { getByName: () => ({ begin }) } } as unknown as Objects); // only the members that are called
    const call = objects.LOGIN_ATTEMPTS.getByName("broken").begin(
      { challengeAfter: 1, waitAfter: 1, challengeLapsesMs: 1 },
      false,
      0,
    );
    await expect(call).rejects.toBe(error);
    expect(calls.object).toBe(1);
  });

  it("adds up the waiting time of each call", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const takeBack = () => promise;
    const { objects, waited, advance } = metered({
      LOGIN_ATTEMPTS: { getByName: () => ({ takeBack }) },
    } as unknown as Objects); // only the members that are called
    const one = objects.LOGIN_ATTEMPTS.getByName("slow").takeBack();
    advance(3);
    const other = objects.LOGIN_ATTEMPTS.getByName("slow").takeBack();
    advance(4);
    resolve();
    await Promise.all([one, other]);
    expect(waited.object).toBe(7 + 4);
  });

  it("calls the object in the order of the calls", async () => {
    const order: number[] = [];
    const giveBack = async (number: number) => void order.push(number);
    const { objects } = metered({ LOGIN_ATTEMPTS: { getByName: () => ({ giveBack }) } } as unknown as Objects); // only the members that are called
    const stub = objects.LOGIN_ATTEMPTS.getByName("ordered");
    const calls = [1, 2, 3].map((number) => stub.giveBack(number));
    expect(order).toEqual([1, 2, 3]);
    await Promise.all(calls);
  });
});

describe("KV", () => {
  it("counts get, put, list and delete", async () => {
    const { objects, calls } = metered();
    await objects.LIMITS.put("metered", "1");
    expect(await objects.LIMITS.get("metered", { cacheTtl: 60 })).toBe("1");
    expect((await objects.LIMITS.list({ prefix: "metered" })).keys).toEqual([{ name: "metered" }]);
    await objects.LIMITS.delete("metered");
    expect(await objects.LIMITS.getWithMetadata("metered")).toMatchObject({ value: null });
    expect(calls).toEqual({ ...NOTHING, kv: 5 });
  });
});

it("the platform's rate limiter does not count as a call", async () => {
  const { objects, calls } = metered();
  await objects.SHIELD.limit({ key: "metered" });
  expect(objects.SHIELD).toBe(env.SHIELD);
  expect(calls).toEqual(NOTHING);
});

it("a missing binding fails only when it is used", async () => {
  const { objects } = metered({ LIMITS: undefined, PROOF_REPLAYS: undefined } as unknown as Objects); // as in a misconfigured deployment
  expect(() => objects.LIMITS).toThrow(TypeError);
  expect(() => objects.PROOF_REPLAYS.getByName("a")).toThrow(TypeError);
});

it("costs less than 10 µs a request", async () => {
  const find = { getByName: () => ({ takeBack: async () => undefined }) };
  const bindings = { ...env, LOGIN_ATTEMPTS: find } as unknown as Objects; // only the members that are called
  /** Microseconds per request in the fastest run, because the machine may be busy. */
  async function best(objectsOf: () => Objects): Promise<number> {
    const runs: number[] = [];
    for (let run = 0; run < 10; run += 1) {
      const begin = performance.now();
      for (let count = 0; count < 1000; count += 1) await objectsOf().LOGIN_ATTEMPTS.getByName("a").takeBack();
      runs.push(performance.now() - begin);
    }
    return Math.min(...runs);
  }
  const plain = await best(() => bindings);
  expect(
    (await best(() =>
      meterBindings(
        bindings,
        meterUsage(() => 0),
      ),
    )) - plain,
  ).toBeLessThan(10);
});
