/** What one isolate remembers of changed limits, while the namespace answers and while it does not. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OVERRIDES_KEY, rememberOverrides } from "#features/limits/overrides.ts";
import { ATTEMPTS, LOAD, PLANS } from "#features/limits/policies.ts";
import type { LimitPolicy } from "#features/limits/policy.ts";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";
import { type Scene, setScene } from "../../support/surroundings.ts";

const rate: LimitPolicy = PLANS.free.rate;

let namespace: TestNamespace;
let scene: Scene;

beforeEach(() => {
  namespace = startNamespace();
  change(1000);
  scene = setScene({ objects: { ...env, LIMITS: namespace.binding } });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function change(capacity: number): void {
  namespace.values.set(OVERRIDES_KEY, JSON.stringify({ [rate.name]: { capacity } }));
}

/** Asks as one request does, and says what it goes by. */
async function ask(policiesInForce: ReturnType<typeof rememberOverrides>) {
  const inForce = await policiesInForce(scene);
  const { capacity, isAssumed } = inForce(rate);
  return isAssumed === true ? `${capacity}, assumed` : `${capacity}`;
}

describe("an isolate that has just begun", () => {
  it("lets all its requests wait for the one that asks", async () => {
    const policiesInForce = rememberOverrides();
    expect(await Promise.all(Array.from({ length: 5 }, () => ask(policiesInForce)))).toEqual(Array(5).fill("1000"));
    expect(namespace.asked).toHaveLength(1);
  });

  it("goes on with the limits in code after a second, and says that it assumes them", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    namespace.failing = "silence";
    const policiesInForce = rememberOverrides();
    const asking = Promise.all([ask(policiesInForce), ask(policiesInForce)]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await asking).toEqual(["100, assumed", "100, assumed"]);
    expect(scene.log["limit.overrides"]).toBe("unavailable");
    expect(await ask(policiesInForce)).toBe("100, assumed");
    namespace.failing = "not";
    scene.now += 4999;
    expect(await ask(policiesInForce)).toBe("100, assumed");
    scene.now += 1;
    expect(await ask(policiesInForce)).toBe("1000");
    expect(namespace.asked).toHaveLength(2);
  });

  it("does so where the request that asked has ended without a word", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    namespace.failing = "silence";
    const policiesInForce = rememberOverrides();
    vi.spyOn(globalThis, "setTimeout").mockImplementationOnce(() => ({}) as ReturnType<typeof setTimeout>); // as if gone
    void ask(policiesInForce);
    const asking = ask(policiesInForce);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await asking).toBe("100, assumed");
    namespace.failing = "not";
    scene.now += 5000;
    expect(await ask(policiesInForce)).toBe("1000");
  });
});

describe("an isolate that has heard", () => {
  it("asks again after half a minute, and lets nobody else wait meanwhile", async () => {
    const policiesInForce = rememberOverrides();
    expect(await ask(policiesInForce)).toBe("1000");
    change(500);
    scene.now += 29_999;
    expect(await ask(policiesInForce)).toBe("1000");
    scene.now += 1;
    expect(await Promise.all([ask(policiesInForce), ask(policiesInForce)])).toEqual(["500", "1000"]);
  });

  it.each(["error", "silence"] as const)("assumes what it last knew where it cannot ask: %s", async (failing) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const policiesInForce = rememberOverrides();
    await ask(policiesInForce);
    namespace.failing = failing;
    scene.now += 30_000;
    const asking = ask(policiesInForce);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await asking).toBe("1000, assumed");
    namespace.failing = "not";
    scene.now += 5000;
    expect(await ask(policiesInForce)).toBe("1000");
  });

  it("assumes only what buckets hold to", async () => {
    namespace.failing = "error";
    const inForce = await rememberOverrides()(scene);
    expect(inForce(LOAD.lists)).toBe(LOAD.lists);
    expect(inForce(ATTEMPTS.login)).toBe(ATTEMPTS.login);
  });

  it("asks again where the clock stepped back", async () => {
    const policiesInForce = rememberOverrides();
    await ask(policiesInForce);
    change(500);
    scene.now -= 3_600_000;
    expect(await ask(policiesInForce)).toBe("500");
  });
});
