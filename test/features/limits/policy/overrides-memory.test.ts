/** What one isolate remembers of overrides, while the namespace responds and while it does not. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CurrentPolicies, OVERRIDES_KEY, rememberOverrides } from "#features/limits/policy/overrides.ts";
import { ATTEMPTS, LOAD, PLANS, POLICIES } from "#features/limits/policy/policies.ts";
import type { BucketPolicy } from "#features/limits/policy/policy.ts";
import { startNamespace, type TestNamespace } from "../../../support/namespace.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";

const rate: BucketPolicy = PLANS.free.rate;

let namespace: TestNamespace;
let context: TestContext;

beforeEach(() => {
  namespace = startNamespace();
  change(1000);
  context = createTestContext({ objects: { ...env, LIMITS: namespace.binding } });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function change(capacity: number): void {
  namespace.values.set(OVERRIDES_KEY, JSON.stringify({ [rate.name]: { capacity } }));
}

/** Reads the policies as one request does, and describes the result. */
async function readRate(currentPolicies: CurrentPolicies) {
  const resolvePolicy = await currentPolicies(context);
  const { capacity, isAssumed } = resolvePolicy(rate);
  return isAssumed === true ? `${capacity}, assumed` : `${capacity}`;
}

describe("a new isolate", () => {
  it("lets all its requests wait for the one that reads", async () => {
    const currentPolicies = rememberOverrides(POLICIES);
    expect(await Promise.all(Array.from({ length: 5 }, () => readRate(currentPolicies)))).toEqual(
      Array(5).fill("1000"),
    );
    expect(namespace.asked).toHaveLength(1);
  });

  it("continues after a second with the policies in the code, which are assumed", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    namespace.failing = "silence";
    const currentPolicies = rememberOverrides(POLICIES);
    const reading = Promise.all([readRate(currentPolicies), readRate(currentPolicies)]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reading).toEqual(["100, assumed", "100, assumed"]);
    expect(context.log["limit.overrides"]).toBe("unavailable");
    expect(await readRate(currentPolicies)).toBe("100, assumed");
    namespace.failing = "not";
    context.now += 4999;
    expect(await readRate(currentPolicies)).toBe("100, assumed");
    context.now += 1;
    expect(await readRate(currentPolicies)).toBe("1000");
    expect(namespace.asked).toHaveLength(2);
  });

  it("does the same if the request that read them has ended silently", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    namespace.failing = "silence";
    const currentPolicies = rememberOverrides(POLICIES);
    vi.spyOn(globalThis, "setTimeout").mockImplementationOnce(() => ({}) as ReturnType<typeof setTimeout>); // as if the request were gone
    void readRate(currentPolicies);
    const reading = readRate(currentPolicies);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reading).toBe("100, assumed");
    namespace.failing = "not";
    context.now += 5000;
    expect(await readRate(currentPolicies)).toBe("1000");
  });
});

describe("an isolate with overrides", () => {
  it("reads them again after half a minute, without a wait for other requests", async () => {
    const currentPolicies = rememberOverrides(POLICIES);
    expect(await readRate(currentPolicies)).toBe("1000");
    change(500);
    context.now += 29_999;
    expect(await readRate(currentPolicies)).toBe("1000");
    context.now += 1;
    expect(await Promise.all([readRate(currentPolicies), readRate(currentPolicies)])).toEqual(["500", "1000"]);
  });

  it.each(["error", "silence"] as const)("assumes the last known ones if it cannot read them: %s", async (failing) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const currentPolicies = rememberOverrides(POLICIES);
    await readRate(currentPolicies);
    namespace.failing = failing;
    context.now += 30_000;
    const reading = readRate(currentPolicies);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await reading).toBe("1000, assumed");
    namespace.failing = "not";
    context.now += 5000;
    expect(await readRate(currentPolicies)).toBe("1000");
  });

  it("assumes only buckets", async () => {
    namespace.failing = "error";
    const resolvePolicy = await rememberOverrides(POLICIES)(context);
    expect(resolvePolicy(LOAD.lists)).toBe(LOAD.lists);
    expect(resolvePolicy(ATTEMPTS.login)).toBe(ATTEMPTS.login);
  });

  it("reads them again if the clock stepped back", async () => {
    const currentPolicies = rememberOverrides(POLICIES);
    await readRate(currentPolicies);
    change(500);
    context.now -= 3_600_000;
    expect(await readRate(currentPolicies)).toBe("500");
  });
});
