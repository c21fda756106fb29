/** What becomes of a key when its request dies or fails on its way. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { ORIGIN } from "../support/service.ts";
import {
  becomeSomebodyNew,
  codeOf,
  die,
  failing,
  idOf,
  isReplay,
  key,
  LEASE_MS,
  PATH,
  post,
  start,
  tickets,
} from "./keyed-tickets.ts";
import { createTicketsTable } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(becomeSomebodyNew);

describe("a request that dies", () => {
  it.each<[FaultPoint, number]>([
    ["before-claim", 0],
    ["after-claim", 0],
    ["before-batch", 0],
    ["after-batch", 1],
    ["before-complete", 1],
    ["before-answer", 1],
  ])("A15 %s has one effect in the end, and blocks nobody beyond its lease", async (point, committed) => {
    await die(point);
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
  });

  it("A15 a step that died after its commit is told as the success it was", async () => {
    const service = start();
    const id = await idOf(await service.fetch(PATH, post()));
    await die("after-batch", { method: "POST", headers: { "Idempotency-Key": key } }, `${PATH}/${id}/close`);
    service.advance(LEASE_MS);
    const again = await service.fetch(`${PATH}/${id}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    expect(await again.json()).toMatchObject({ id, state: "closed" });
  });

  it("A15 one that comes to its batch after another took its place has no effect, and tells that one's", async () => {
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let reached: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const faults = async (at: FaultPoint) => {
      if (at !== "before-batch") return;
      reached();
      await held;
    };
    const late = start({ dependencies: { faults } }).fetch(PATH, post());
    await isThere;
    const service = start();
    service.advance(LEASE_MS);
    const second = await service.fetch(PATH, post());
    expect([second.status, isReplay(second)]).toEqual([201, false]);
    goOn();
    const first = await late;
    expect([first.status, isReplay(first)]).toEqual([201, true]);
    expect(await idOf(first)).toBe(await idOf(second));
    expect(await tickets()).toBe(1);
  });

  it("A15 one that another has barred, and that died then, is told to wait", async () => {
    const points: (() => void)[] = [];
    const hold = () => {
      let reached: () => void = () => undefined;
      const isThere = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const faults = (at: FaultPoint) => {
        if (at !== "before-batch") return Promise.resolve();
        reached();
        return new Promise<void>((resolve) => points.push(resolve));
      };
      return { faults, isThere };
    };
    const [one, two] = [hold(), hold()];
    const late = start({ dependencies: { faults: one.faults } }).fetch(PATH, post());
    await one.isThere;
    const second = start({ dependencies: { faults: two.faults } });
    second.advance(LEASE_MS);
    void second.fetch(PATH, post());
    await two.isThere;
    points[0]?.();
    expect(await codeOf(await late)).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    expect(await tickets()).toBe(0);
    const third = start();
    third.advance(2 * LEASE_MS);
    expect((await third.fetch(PATH, post())).status).toBe(201);
    expect(await tickets()).toBe(1);
  });

  it("A15 a lost answer of the database is no failure", async () => {
    const answer = await failing("after-batch").fetch(PATH, post());
    expect([answer.status, isReplay(answer), await tickets()]).toEqual([201, false, 1]);
  });

  it.each<[FaultPoint, number, boolean]>([
    ["before-claim", 500, false],
    ["after-claim", 500, false],
    ["before-batch", 500, false],
    ["before-complete", 201, true],
    ["before-answer", 500, true],
  ])("A15 what fails %s is answered %i, and leaves the key in good order", async (point, status, isDone) => {
    const failed = await failing(point).fetch(PATH, post());
    expect([failed.status, failed.headers.has("Location")]).toEqual([status, status === 201]);
    const service = start();
    service.advance(LEASE_MS);
    const again = await service.fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, isDone, 1]);
  });

  it("A15 a database that does not answer leaves the key to the same request", async () => {
    const service = start({ bindings: { DB: brokenDatabase("down") } });
    expect((await service.fetch(PATH, post())).status).toBe(500);
    expect(await codeOf(await start().fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    const again = await start().fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, false, 1]);
  });

  it("A16 where the record cannot be reached, nothing is carried out", async () => {
    const unreachable = { getByName: () => ({ claim: () => Promise.reject(new Error("reset")) }) };
    const bindings = { IDEMPOTENCY_RECORDS: unreachable } as unknown as Partial<Env>; // of a namespace only this is called
    const answer = await start({ bindings }).fetch(PATH, post());
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(await codeOf(answer)).toBe("503 SERVICE_UNAVAILABLE");
    expect(await tickets()).toBe(0);
    expect((await start().fetch(PATH, post())).status).toBe(201);
  });

  it.each(["claim", "release", "complete"])(
    "A16 a record that never answers its %s keeps nobody waiting",
    async (call) => {
      const isAsked = Promise.withResolvers<void>();
      const getByName = (name: string) =>
        new Proxy(env.IDEMPOTENCY_RECORDS.getByName(name), {
          get(target, member) {
            if (member === call) {
              return () => {
                isAsked.resolve();
                return new Promise<never>(() => {});
              };
            }
            const method = Reflect.get(target, member) as (...all: unknown[]) => unknown; // only its methods are called
            return (...args: unknown[]) => method(...args);
          },
        });
      const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // of a namespace only this is called
      const text = call === "release" ? "not there" : "Broken";
      let status = 0;
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      try {
        const service = start({ bindings });
        const answered = service.fetch(PATH, post({ text })).then((answer) => {
          status = answer.status;
        });
        await isAsked.promise;
        await vi.advanceTimersByTimeAsync(4999);
        expect(status).toBe(0);
        await vi.advanceTimersByTimeAsync(1);
        await answered;
      } finally {
        vi.useRealTimers();
      }
      expect([status, await tickets()]).toEqual({ claim: [503, 0], release: [404, 0], complete: [201, 1] }[call]);
    },
  );

  it("A13 an operation that writes twice is told so at once, and what it did at first is not done again", async () => {
    const service = start();
    expect(await codeOf(await service.fetch(PATH, post({ text: "writes twice" })))).toBe("500 INTERNAL_ERROR");
    expect(await tickets()).toBe(1);
    const again = await service.fetch(PATH, post({ text: "writes twice" }));
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, true, 1]);
  });
});
