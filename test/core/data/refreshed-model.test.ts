import { z } from "@hono/zod-openapi";
import { beforeEach, describe, expect, it } from "vitest";
import { type RefreshContext, rememberModel } from "#core/data/refreshed-model.ts";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";

const BOUNDS = { freshMs: 60_000, staleMs: 120_000, lastResortMs: 3_600_000 };
const START = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;

let namespace: TestNamespace;
/** What the source returns, and how often it was asked. */
let source: { value: number | Error; asked: number; delay?: Promise<void> | undefined };
beforeEach(() => {
  namespace = startNamespace();
  source = { value: 1, asked: 0 };
});

/** One isolate: its answer at a time, in milliseconds from the start, and the work that it deferred. */
function startIsolate() {
  const current = rememberModel("numbers", z.number(), BOUNDS);
  let log: RefreshContext["log"] = {};
  async function ask() {
    source.asked += 1;
    const { value, delay } = source;
    await delay;
    if (value instanceof Error) throw value;
    return value;
  }
  async function answerAt(time: number, binding: RefreshContext["objects"]["READ_MODELS"] = namespace.binding) {
    const deferred: Promise<unknown>[] = [];
    log = {};
    const context: RefreshContext = {
      now: START + time,
      objects: { READ_MODELS: binding },
      log,
      defer: (work) => void deferred.push(work.catch(() => undefined)),
    };
    const { value } = await current(context, ask);
    return { value, settle: () => Promise.all(deferred) };
  }
  return {
    answerAt,
    async at(time: number) {
      const { value, settle } = await answerAt(time);
      await settle();
      return value;
    },
    failure: () => log["read_model.failure"],
  };
}

describe("a refreshed model", () => {
  it("is made once, and then read by all isolates", async () => {
    expect(await startIsolate().at(0)).toBe(1);
    source.value = 2;
    expect(await startIsolate().at(60_000)).toBe(1);
    expect(source.asked).toBe(1);
  });

  it("causes no call of KV or the source while the isolate's copy is fresh", async () => {
    const isolate = startIsolate();
    await isolate.at(0);
    expect(namespace.asked.length).toBe(1);
    await isolate.at(60_000);
    expect(namespace.asked.length).toBe(1);
    expect(source.asked).toBe(1);
  });

  it("is returned at once if it is older than a minute, and refreshed after the response", async () => {
    const isolate = startIsolate();
    await isolate.at(0);
    source.value = 2;
    const { value, settle } = await isolate.answerAt(60_001);
    expect(value).toBe(1);
    await settle();
    expect(source.asked).toBe(2);
    expect(await isolate.at(60_002)).toBe(2);
    expect(await startIsolate().at(60_002)).toBe(2);
  });

  it("is never returned if it is older than two minutes", async () => {
    await startIsolate().at(0);
    source.value = 2;
    expect(await startIsolate().at(120_001)).toBe(2);
    source.value = 3;
    expect(await startIsolate().at(HOUR)).toBe(3);
  });

  it("never exceeds its maximum age at a location where KV lags", async () => {
    const [near, far] = [startIsolate(), startIsolate()];
    await near.at(0);
    namespace.freeze(true);
    source.value = 2;
    await near.at(60_001);
    expect(await far.at(119_999)).toBe(1);
    // The model that this isolate has made counts, although KV still has the previous one.
    expect(await far.at(120_001)).toBe(2);
    expect(source.asked).toBe(3);
  });

  it.each(["responds late", "has nothing"])("is the newest that the isolate has seen, if KV %s", async (kind) => {
    if (kind !== "has nothing") await startIsolate().at(0);
    namespace.freeze(true);
    source = { value: 2, asked: 0 };
    const isolate = startIsolate();
    const slow = Promise.withResolvers<void>();
    // Reads at once, and returns only when the test resolves `slow`.
    const late = {
      ...namespace.binding,
      get: (async (...asked: Parameters<KVNamespace["get"]>) => {
        const text = await namespace.binding.get(...asked);
        await slow.promise;
        return text;
      }) as KVNamespace["get"],
    };
    const overtaken = isolate.answerAt(110_000, late);
    await scheduler.wait(5);
    await isolate.at(110_100);
    expect(await isolate.at(110_200)).toBe(2);
    slow.resolve();
    expect((await overtaken).value).toBe(2);
    expect(await isolate.at(110_300)).toBe(2);
    expect(source.asked).toBe(1);
  });

  it("is not replaced by the late result of an earlier call", async () => {
    const isolate = startIsolate();
    const slow = Promise.withResolvers<void>();
    source.delay = slow.promise;
    const overtaken = isolate.answerAt(0);
    await scheduler.wait(5);
    source.delay = undefined;
    source.value = 2;
    // So much later that the isolate does not wait for the first call.
    expect(await isolate.at(2_001)).toBe(2);
    slow.resolve();
    expect((await overtaken).value).toBe(1);
    expect(await isolate.at(2_002)).toBe(2);
  });

  it("causes one call of the source for any number of simultaneous requests", async () => {
    const isolate = startIsolate();
    const answers = await Promise.all(Array.from({ length: 50 }, () => isolate.at(0)));
    expect(new Set(answers)).toEqual(new Set([1]));
    expect(source.asked).toBe(1);
    await Promise.all(Array.from({ length: 50 }, () => isolate.at(60_001)));
    expect(source.asked).toBe(2);
    await Promise.all(Array.from({ length: 50 }, () => isolate.at(HOUR)));
    expect(source.asked).toBe(3);
  });

  it("is served for an hour while the source fails, and the log reports it", async () => {
    const isolate = startIsolate();
    await isolate.at(0);
    source.value = new Error("the database is down");
    expect(await isolate.at(120_000)).toBe(1);
    expect(isolate.failure()).toBeUndefined();
    expect(await isolate.at(120_001)).toBe(1);
    expect(isolate.failure()).toBe("stale");
    expect(await isolate.at(HOUR)).toBe(1);
    await expect(isolate.at(HOUR + 1)).rejects.toThrow("the database is down");
    source.value = 2;
    expect(await isolate.at(HOUR + 2)).toBe(2);
  });

  it("is read from the source while KV is down, at most once a minute", async () => {
    namespace.failing = "error";
    const isolate = startIsolate();
    expect(await isolate.at(0)).toBe(1);
    expect(isolate.failure()).toBe("unavailable");
    await isolate.at(30_000);
    await isolate.at(60_000);
    expect(source.asked).toBe(1);
  });

  it("is refreshed if the clock was set back", async () => {
    const isolate = startIsolate();
    await isolate.at(HOUR);
    source.value = 2;
    expect(await isolate.at(HOUR - 5_000)).toBe(1);
    expect(await isolate.at(HOUR - 5_001)).toBe(2);
    source.value = 3;
    expect(await isolate.at(0)).toBe(3);
    expect(await isolate.at(1)).toBe(3);
    expect(source.asked).toBe(3);
  });
});
