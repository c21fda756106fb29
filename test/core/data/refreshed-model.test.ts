import { z } from "@hono/zod-openapi";
import { beforeEach, describe, expect, it } from "vitest";
import { type RefreshContext, rememberModel } from "#core/data/refreshed-model.ts";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";

const BOUNDS = { freshMs: 60_000, staleMs: 120_000, lastResortMs: 3_600_000 };
const START = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;

let namespace: TestNamespace;
/** What the source says, and how often it was asked. */
let source: { value: number | Error; asked: number; delay?: Promise<void> | undefined };
beforeEach(() => {
  namespace = startNamespace();
  source = { value: 1, asked: 0 };
});

/** One isolate: what it answers at a time, in milliseconds from the start, and what of it was done after the answer. */
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

describe("a model that is made anew", () => {
  it("is made where there is none, and then read by everybody", async () => {
    expect(await startIsolate().at(0)).toBe(1);
    source.value = 2;
    expect(await startIsolate().at(60_000)).toBe(1);
    expect(source.asked).toBe(1);
  });

  it("is neither asked of KV nor of the source while this isolate has one that is fresh", async () => {
    const isolate = startIsolate();
    await isolate.at(0);
    expect(namespace.asked.length).toBe(1);
    await isolate.at(60_000);
    expect(namespace.asked.length).toBe(1);
    expect(source.asked).toBe(1);
  });

  it("is given at once when it is older than a minute, and made anew after the answer", async () => {
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

  it("is never given when it is older than two minutes", async () => {
    await startIsolate().at(0);
    source.value = 2;
    expect(await startIsolate().at(120_001)).toBe(2);
    source.value = 3;
    expect(await startIsolate().at(HOUR)).toBe(3);
  });

  it("never gets older for a location that KV tells of changes late", async () => {
    const [near, far] = [startIsolate(), startIsolate()];
    await near.at(0);
    namespace.freeze(true);
    source.value = 2;
    await near.at(60_001);
    expect(await far.at(119_999)).toBe(1);
    // What this isolate has made anew counts, though KV still has the one from before.
    expect(await far.at(120_001)).toBe(2);
    expect(source.asked).toBe(3);
  });

  it.each(["tells late of what it has", "has nothing"])("is the newest that was seen, where KV %s", async (kind) => {
    if (kind !== "has nothing") await startIsolate().at(0);
    namespace.freeze(true);
    source = { value: 2, asked: 0 };
    const isolate = startIsolate();
    const slow = Promise.withResolvers<void>();
    // What is read at once, and told only when the test says so.
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

  it("is not replaced by what was asked for earlier and came later", async () => {
    const isolate = startIsolate();
    const slow = Promise.withResolvers<void>();
    source.delay = slow.promise;
    const overtaken = isolate.answerAt(0);
    await scheduler.wait(5);
    source.delay = undefined;
    source.value = 2;
    // So much later that the first is not waited for.
    expect(await isolate.at(2_001)).toBe(2);
    slow.resolve();
    expect((await overtaken).value).toBe(1);
    expect(await isolate.at(2_002)).toBe(2);
  });

  it("is asked of the source once, however many ask at once", async () => {
    const isolate = startIsolate();
    const answers = await Promise.all(Array.from({ length: 50 }, () => isolate.at(0)));
    expect(new Set(answers)).toEqual(new Set([1]));
    expect(source.asked).toBe(1);
    await Promise.all(Array.from({ length: 50 }, () => isolate.at(60_001)));
    expect(source.asked).toBe(2);
    await Promise.all(Array.from({ length: 50 }, () => isolate.at(HOUR)));
    expect(source.asked).toBe(3);
  });

  it("serves for an hour while the source fails, and the log tells", async () => {
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

  it("is asked of the source while KV is down, at most once a minute", async () => {
    namespace.failing = "error";
    const isolate = startIsolate();
    expect(await isolate.at(0)).toBe(1);
    expect(isolate.failure()).toBe("unavailable");
    await isolate.at(30_000);
    await isolate.at(60_000);
    expect(source.asked).toBe(1);
  });

  it("does not count when it comes from a clock that was set back", async () => {
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
