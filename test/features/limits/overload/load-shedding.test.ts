import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv, RequestState } from "#core/contract/context.ts";
import { createLoadShedder, loadPolicyOf } from "#features/limits/overload/load-shedding.ts";
import { LOAD } from "#features/limits/policy/policies.ts";
import { createRefusalAlarms } from "#features/limits/refusal-alarms.ts";
import { createTestContext } from "../../../support/request-context.ts";

describe("the load policy", () => {
  it.each([
    ["GET", 0, "load-reads"],
    ["GET", 1, "load-reads"],
    ["GET", 2, "load-lists"],
    ["GET", 5, "load-lists"],
    ["POST", 5, "load-writes"],
    ["DELETE", 1, "load-writes"],
  ] as const)("of %s with %i tokens is %s", (method, cost, policy) => {
    expect(loadPolicyOf(method, cost).name).toBe(policy);
  });
});

/** An isolate whose requests end when the test ends them, or never. */
function openIsolate() {
  const context = createTestContext();
  const deferred: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const shedLoad = createLoadShedder(createRefusalAlarms(), async () => (policy) => policy);
  const app = new Hono<AppEnv>();
  app.onError((error, c) => c.text(error.message, 503));
  app.use(async (c, next) => {
    const defer = (work: Promise<unknown>) => void deferred.push(work);
    c.set("request", { ...context, defer } as unknown as RequestState); // all that the stage uses
    await next();
  });
  app.get("/", shedLoad("GET", () => 1).handle, async (c) => {
    await new Promise<void>((resolve) => void ends.push(resolve));
    return c.text("done");
  });
  return { context, deferred, ends, send: async () => app.request("/") };
}

/** Whether it is settled after all pending work. */
async function isSettled(work: Promise<unknown> | undefined): Promise<boolean> {
  const turn = new Promise((resolve) => setTimeout(resolve, 0, "not yet")); // the platform's own turn of the loop
  return (await Promise.race([work, turn])) !== "not yet";
}

describe("a request whose client disconnects", () => {
  it("runs to its end, so that it is no longer counted", async () => {
    const { deferred, ends, send } = openIsolate();
    const answer = send();
    await expect.poll(() => ends.length).toBe(1);
    expect(await isSettled(Promise.all(deferred))).toBe(false);
    ends[0]?.();
    await answer;
    expect(deferred).toHaveLength(1);
    expect(await isSettled(Promise.all(deferred))).toBe(true);
  });

  it("does not count for ever if it never ends", async () => {
    const { context, ends, send } = openIsolate();
    for (let n = 0; n < LOAD.reads.inFlight; n += 1) void send();
    await expect.poll(() => ends.length).toBe(LOAD.reads.inFlight);
    context.now += 60_000;
    expect((await send()).status).toBe(503);
    context.now += 10_000;
    void send();
    await expect.poll(() => ends.length).toBe(LOAD.reads.inFlight + 1);
  });
});
