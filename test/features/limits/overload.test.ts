import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "#core/contract/context.ts";
import { problem } from "#core/http/problem.ts";
import { countAlarms } from "#features/limits/alarm.ts";
import { countLoad, loadPolicyOf, overloadOf } from "#features/limits/overload.ts";
import { LOAD } from "#features/limits/policies.ts";
import { setScene } from "../../support/surroundings.ts";

const wrapped = (cause: Error) => new Error("Failed query: select 1\nparams: ", { cause });
const flagged = (member: string) => Object.assign(new Error("internal error"), { [member]: true });

describe("an error of the platform", () => {
  it.each([
    ["D1, queued too long", wrapped(new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long."))],
    ["D1, queue full", new Error("D1_ERROR: D1 DB is overloaded. Too many requests queued.")],
    ["an object, by its words", wrapped(new Error("Durable Object is overloaded. Too many requests queued."))],
    ["an object, by its window", new Error("Durable Object is overloaded. Too many requests for the same object.")],
    ["an object, by its member", wrapped(flagged("overloaded"))],
    ["a record that could not be claimed", problem("service-unavailable", { cause: flagged("overloaded") })],
    ["both", Object.assign(flagged("overloaded"), { retryable: true })],
  ])("is overload: %s", (_, error) => {
    expect(overloadOf(error)).toMatchObject({ type: "temporary-reduced-capacity", headers: { "Retry-After": "5" } });
  });

  it.each([
    ["by its member", wrapped(flagged("retryable"))],
    [
      "D1, reset",
      wrapped(new Error("D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.")),
    ],
    ["a lost connection", new Error("Network connection lost.")],
    ["an object, updated", new Error("Durable Object reset because its code was updated.")],
  ])("passes: %s", (_, error) => {
    expect(overloadOf(error)).toMatchObject({ type: "service-unavailable", headers: { "Retry-After": "5" } });
  });

  it.each([
    ["a mistake", new TypeError("undefined is not a function")],
    ["a statement that is wrong", wrapped(new Error("D1_ERROR: no such table: products"))],
    ["what a client sent", new Error("params: the lamp is overloaded", { cause: new Error("D1_ERROR: syntax") })],
    ["a problem", problem("not-found")],
    ["a problem with a cause", problem("conflict", { cause: flagged("overloaded") })],
    ["an outage", problem("service-unavailable", { cause: flagged("retryable") })],
  ])("is none of them: %s", (_, error) => {
    expect(overloadOf(error)).toBeUndefined();
  });
});

describe("a request is turned away", () => {
  it.each([
    ["GET", 0, "load-reads"],
    ["GET", 1, "load-reads"],
    ["GET", 2, "load-lists"],
    ["GET", 5, "load-lists"],
    ["POST", 5, "load-writes"],
    ["DELETE", 1, "load-writes"],
  ] as const)("%s of %i tokens by %s", (method, cost, policy) => {
    expect(loadPolicyOf(method, cost).name).toBe(policy);
  });
});

/** An isolate whose requests end when they are told to, or never do. */
function openIsolate() {
  const scene = setScene();
  const deferred: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const shedLoad = countLoad({ alarms: countAlarms(), policiesInForce: async () => (policy) => policy });
  const app = new Hono<AppEnv>();
  app.onError((error, c) => c.text(error.message, 503));
  app.use(async (c, next) => {
    c.set("surroundings", { ...scene, defer: (work) => void deferred.push(work) });
    await next();
  });
  app.get(
    "/",
    shedLoad("GET", () => 1),
    async (c) => {
      await new Promise<void>((resolve) => void ends.push(resolve));
      return c.text("done");
    },
  );
  return { scene, deferred, ends, send: async () => app.request("/") };
}

/** Whether it is settled after all that is about to happen. */
async function isSettled(work: Promise<unknown> | undefined): Promise<boolean> {
  const turn = new Promise((resolve) => setTimeout(resolve, 0, "not yet")); // the platform's own turn of the loop
  return (await Promise.race([work, turn])) !== "not yet";
}

describe("a request whose client hangs up", () => {
  it("goes on to its end all the same, so that it is seen", async () => {
    const { deferred, ends, send } = openIsolate();
    const answer = send();
    await expect.poll(() => ends.length).toBe(1);
    expect(await isSettled(Promise.all(deferred))).toBe(false);
    ends[0]?.();
    await answer;
    expect(deferred).toHaveLength(1);
    expect(await isSettled(Promise.all(deferred))).toBe(true);
  });

  it("does not count for ever, if it never ends", async () => {
    const { scene, ends, send } = openIsolate();
    for (let n = 0; n < LOAD.reads.inFlight; n += 1) void send();
    await expect.poll(() => ends.length).toBe(LOAD.reads.inFlight);
    scene.now += 60_000;
    expect((await send()).status).toBe(503);
    scene.now += 10_000;
    void send();
    await expect.poll(() => ends.length).toBe(LOAD.reads.inFlight + 1);
  });
});
