/** Idempotency keys of requests that crash or fail at each point of their way. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { ORIGIN } from "../support/service.ts";
import {
  codeOf,
  crashAt,
  failing,
  idOf,
  isReplay,
  key,
  LEASE_MS,
  PATH,
  post,
  start,
  tickets,
  useNewAccount,
} from "./keyed-tickets.ts";
import { createTicketsTable } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(useNewAccount);

describe("a request with a key", () => {
  it.each<[FaultPoint, number]>([
    ["before-claim", 0],
    ["after-claim", 0],
    ["before-batch", 0],
    ["after-batch", 1],
    ["before-complete", 1],
    ["before-answer", 1],
  ])(
    "A15 that crashes %s takes effect once after a retry, and blocks the key for at most its lease",
    async (point, committed) => {
      await crashAt(point);
      expect(await tickets()).toBe(committed);
      const service = start();
      const soon = await service.fetch(PATH, post());
      if (point === "before-claim") expect([soon.status, isReplay(soon)]).toEqual([201, false]);
      else if (point === "before-answer") expect([soon.status, isReplay(soon)]).toEqual([201, true]);
      else {
        expect([soon.status, soon.headers.get("Retry-After")]).toEqual([409, "1"]);
        service.advance(LEASE_MS);
        const later = await service.fetch(PATH, post());
        expect([later.status, isReplay(later)]).toEqual([201, committed === 1]);
        expect(later.headers.get("Location")).toBe(`${ORIGIN}${PATH}/${await idOf(later)}`);
      }
      expect(isReplay(await service.fetch(PATH, post()))).toBe(true);
      expect(await tickets()).toBe(1);
    },
  );

  it("A15 that crashes after the commit of a state change is replayed as a success", async () => {
    const service = start();
    const id = await idOf(await service.fetch(PATH, post()));
    await crashAt("after-batch", { method: "POST", headers: { "Idempotency-Key": key } }, `${PATH}/${id}/close`);
    service.advance(LEASE_MS);
    const again = await service.fetch(`${PATH}/${id}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    expect(await again.json()).toMatchObject({ id, state: "closed" });
  });

  it("A15 that commits after its lease passed to another has no effect, and returns the other's response", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const faults = async (at: FaultPoint) => {
      if (at !== "before-batch") return;
      reached();
      await held;
    };
    const late = start({ dependencies: { faults } }).fetch(PATH, post());
    await isReached;
    const service = start();
    service.advance(LEASE_MS);
    const second = await service.fetch(PATH, post());
    expect([second.status, isReplay(second)]).toEqual([201, false]);
    release();
    const first = await late;
    expect([first.status, isReplay(first)]).toEqual([201, true]);
    expect(await idOf(first)).toBe(await idOf(second));
    expect(await tickets()).toBe(1);
  });

  it("A15 gets 409 in progress if its lease passed to a request that is still running", async () => {
    const points: (() => void)[] = [];
    const hold = () => {
      let reached: () => void = () => undefined;
      const isReached = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const faults = (at: FaultPoint) => {
        if (at !== "before-batch") return Promise.resolve();
        reached();
        return new Promise<void>((resolve) => points.push(resolve));
      };
      return { faults, isReached };
    };
    const [one, two] = [hold(), hold()];
    const late = start({ dependencies: { faults: one.faults } }).fetch(PATH, post());
    await one.isReached;
    const second = start({ dependencies: { faults: two.faults } });
    second.advance(LEASE_MS);
    void second.fetch(PATH, post());
    await two.isReached;
    points[0]?.();
    expect(await codeOf(await late)).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    expect(await tickets()).toBe(0);
    const third = start();
    third.advance(2 * LEASE_MS);
    expect((await third.fetch(PATH, post())).status).toBe(201);
    expect(await tickets()).toBe(1);
  });

  it("A15 succeeds if the database's response is lost after the commit", async () => {
    const response = await failing("after-batch").fetch(PATH, post());
    expect([response.status, isReplay(response), await tickets()]).toEqual([201, false, 1]);
  });

  it.each<[FaultPoint, number, boolean]>([
    ["before-claim", 500, false],
    ["after-claim", 500, false],
    ["before-batch", 500, false],
    ["before-complete", 201, true],
    ["before-answer", 500, true],
  ])("A15 that fails %s gets %i, and the retry succeeds", async (point, status, isDone) => {
    const failed = await failing(point).fetch(PATH, post());
    expect([failed.status, failed.headers.has("Location")]).toEqual([status, status === 201]);
    const service = start();
    service.advance(LEASE_MS);
    const again = await service.fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, isDone, 1]);
  });

  it("A15 that fails in the database keeps its key for the same request", async () => {
    const service = start({ bindings: { DB: brokenDatabase("down") } });
    expect((await service.fetch(PATH, post())).status).toBe(500);
    expect(await codeOf(await start().fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    const again = await start().fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, false, 1]);
  });

  it("A16 gets 503 and has no effect if its record is unreachable", async () => {
    const unreachable = { getByName: () => ({ claim: () => Promise.reject(new Error("reset")) }) };
    const bindings = { IDEMPOTENCY_RECORDS: unreachable } as unknown as Partial<Env>; // only this method is called
    const response = await start({ bindings }).fetch(PATH, post());
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(await codeOf(response)).toBe("503 SERVICE_UNAVAILABLE");
    expect(await tickets()).toBe(0);
    expect((await start().fetch(PATH, post())).status).toBe(201);
  });

  it.each(["claim", "release", "complete"])("A16 waits at most 5 seconds for the record's %s", async (call) => {
    const called = Promise.withResolvers<void>();
    const getByName = (name: string) =>
      new Proxy(env.IDEMPOTENCY_RECORDS.getByName(name), {
        get(target, member) {
          if (member === call) {
            return () => {
              called.resolve();
              return new Promise<never>(() => {});
            };
          }
          const method = Reflect.get(target, member) as (...all: unknown[]) => unknown; // all its members are methods
          return (...args: unknown[]) => method(...args);
        },
      });
    const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // only this method is called
    const text = call === "release" ? "not there" : "Broken";
    let status = 0;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const service = start({ bindings });
      const done = service.fetch(PATH, post({ text })).then((response) => {
        status = response.status;
      });
      await called.promise;
      await vi.advanceTimersByTimeAsync(4999);
      expect(status).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      await done;
    } finally {
      vi.useRealTimers();
    }
    expect([status, await tickets()]).toEqual({ claim: [503, 0], release: [404, 0], complete: [201, 1] }[call]);
  });

  it("A13 that commits twice gets 500, and its first commit is not repeated", async () => {
    const service = start();
    expect(await codeOf(await service.fetch(PATH, post({ text: "writes twice" })))).toBe("500 INTERNAL_ERROR");
    expect(await tickets()).toBe(1);
    const again = await service.fetch(PATH, post({ text: "writes twice" }));
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, true, 1]);
  });
});
