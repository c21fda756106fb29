import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answer, type Bucket, fullBucket } from "#features/limits/bucket.ts";
import type { Answer, Ask, BucketRule } from "#features/limits/lender.ts";
import { beginAgain, draw, isCovered, type Line } from "#features/limits/line.ts";
import { openRelay } from "#features/limits/relay.ts";
import { askFor, decide, EMPTY_WALLET, hear, type Wallet, wake } from "#features/limits/wallet.ts";
import { openJudge } from "./ideal.ts";

const LOCATIONS = 2;
const ISOLATES = 4;

const isolate = fc.nat(ISOLATES - 1);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("requests" as const),
      isolate,
      times: fc.constantFrom(1, 5, 30),
      demand: fc.constantFrom(0, 20, 60),
      isLost: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("world answers" as const), isLost: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 50, 201, 1000, 1999, 3000, 3999, 4001, 8001),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("location evicted" as const), location: fc.nat(LOCATIONS - 1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("world evicted" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("isolate crashes" as const), isolate }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const rule: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(10, 40, 100),
  refillPerSecond: fc.constantFrom(1, 10, 50),
});

async function run(rule: BucketRule, steps: readonly Step[]) {
  const judge = openJudge(rule);
  let now = 1_000_000;
  let bucket: Bucket | undefined;
  let line: Line | undefined;
  let lives = 0;
  let isBroken = false;
  const atWorld: { ask: Ask; resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const relayDoors = {
    now: () => now,
    defer: (work: Promise<unknown>) => void work.catch(() => undefined),
    world: {
      ask: (ask: Ask) => new Promise<Answer>((resolve, reject) => atWorld.push({ ask, resolve, reject })),
    },
  };
  const newRelay = () => {
    lives += 1;
    return openRelay(lives * 1_000_000);
  };
  const relays = Array.from({ length: LOCATIONS }, newRelay);
  const wallets: Wallet[] = Array.from({ length: ISOLATES }, () => EMPTY_WALLET);
  const crashes = new Array<number>(ISOLATES).fill(0);
  const asking = new Set<number>();
  const settled = async () => {
    for (let turn = 0; turn < 12; turn += 1) await undefined;
  };
  const admit = (tokens: number) => {
    if (!judge.admit(now, tokens)) isBroken = true;
  };

  function serveWorld(isLost: boolean): void {
    const call = atWorld.shift();
    if (call === undefined) return;
    lives += 1;
    bucket ??= line === undefined ? fullBucket(rule, now, lives * 1000) : beginAgain(line, now, lives * 1000);
    const result = answer(bucket, call.ask, now);
    bucket = result.bucket;
    if (!isCovered(line, bucket, rule)) line = draw(bucket, rule);
    if (isLost) call.reject(new Error("lost"));
    else call.resolve({ ...result.answer, isHot: true });
  }

  async function ask(index: number, isLost: boolean): Promise<void> {
    const crash = crashes[index];
    const askedAt = now;
    const prepared = askFor(wallets[index] ?? EMPTY_WALLET, rule, now, [1, 1], true);
    wallets[index] = prepared.wallet;
    asking.add(index);
    try {
      const reply = await relays[index % LOCATIONS]?.ask(prepared.ask, relayDoors);
      if (reply === undefined) return;
      for (const waitMs of reply.waitsMs) if (waitMs === 0) admit(1);
      if (isLost || crash !== crashes[index]) return;
      wallets[index] = hear(wake(wallets[index] ?? EMPTY_WALLET, now), prepared.ask, reply, askedAt, now);
    } catch {
      // The relay's own ask was lost, and with it this one.
    } finally {
      asking.delete(index);
    }
  }

  for (const step of steps) {
    switch (step.kind) {
      case "wait":
        now += step.ms;
        break;
      case "world answers":
        serveWorld(step.isLost);
        break;
      case "requests":
        for (let n = 0; n < step.times; n += 1) {
          const wallet = {
            ...wake(wallets[step.isolate] ?? EMPTY_WALLET, now),
            demand: { since: now, current: step.demand, previous: step.demand },
          };
          wallets[step.isolate] = wallet;
          const decision = decide(wallet, rule, now, 1);
          if (decision.kind === "spent") {
            wallets[step.isolate] = decision.wallet;
            admit(1);
          } else if (decision.kind === "ask" && !asking.has(step.isolate)) {
            void ask(step.isolate, step.isLost);
            await settled();
            // Mostly, the world is quick.
            if (step.times > 1) serveWorld(false);
            await settled();
          }
        }
        break;
      case "location evicted":
        relays[step.location] = newRelay();
        break;
      case "world evicted":
        bucket = undefined;
        break;
      case "isolate crashes":
        wallets[step.isolate] = EMPTY_WALLET;
        crashes[step.isolate] = (crashes[step.isolate] ?? 0) + 1;
        break;
    }
    await settled();
  }
  return { isBroken, admitted: judge.admitted };
}

/** A location in front of a world that can be out of reach, both by a clock of the test's. */
function openLocation(rule: BucketRule) {
  const scene = {
    now: 10_000_000,
    /** How far the clock goes while the world is asked. */
    stepMs: 0,
    isReachable: true,
    aheads: [] as number[],
    bucket: fullBucket(rule, 10_000_000, 1),
  };
  const relay = openRelay(1000);
  const doors = {
    now: () => scene.now,
    defer: (work: Promise<unknown>) => void work.catch(() => undefined),
    world: {
      ask: async (ask: Ask): Promise<Answer> => {
        if (!scene.isReachable) throw new Error("lost");
        scene.aheads.push(ask.ahead);
        const result = answer(scene.bucket, ask, scene.now);
        scene.bucket = result.bucket;
        scene.now += scene.stepMs;
        return { ...result.answer, isHot: true };
      },
    },
  };
  const ask = (costs: readonly number[], more: Partial<Ask> = {}) =>
    relay.ask({ rule, costs, ahead: 0, lifeMs: 2000, settlements: [], standsFor: 1, ...more }, doors);
  return { scene, ask };
}

describe("a location", () => {
  it("borrows no more after a while without the world than before it", async () => {
    const { scene, ask } = openLocation({ capacity: 1000, refillPerSecond: 100 });
    scene.isReachable = false;
    for (let n = 0; n < 50; n += 1) await expect(ask([5, 5])).rejects.toThrow("lost");
    scene.isReachable = true;
    scene.now += 60_000;
    await ask([1]);
    expect(Math.max(...scene.aheads)).toBe(1);
  });

  it("tells whoever it refuses to wait until there is enough, and never less than its own pause", async () => {
    for (const refillPerSecond of [0.1, 1, 50]) {
      const { scene, ask } = openLocation({ capacity: 10, refillPerSecond });
      while ((await ask([1])).waitsMs[0] === 0);
      const [one = 0, three = 0] = (await ask([1, 3])).waitsMs;
      expect(three).toBeGreaterThanOrEqual(Math.max(250, 3000 / refillPerSecond));
      expect(three).toBeLessThanOrEqual(Math.max(500, 6000 / refillPerSecond));
      scene.now += one;
      expect((await ask([1])).waitsMs, `after ${one} ms`).toEqual([0]);
    }
  });

  it("tells no longer wait where its clock steps back while it asks", async () => {
    const { scene, ask } = openLocation({ capacity: 10, refillPerSecond: 10 });
    while ((await ask([1])).waitsMs[0] === 0);
    scene.now += 250;
    scene.stepMs = -3_600_000;
    const { waitsMs } = await ask([8]);
    expect(waitsMs[0]).toBeGreaterThan(0);
    expect(waitsMs[0]).toBeLessThanOrEqual(1000);
  });
});

describe("a location's bucket", () => {
  it("keeps the world's bound: uneven isolates, lost answers, crashes, evictions on either level", async () => {
    let admitted = 0;
    await fc.assert(
      fc.asyncProperty(rule, fc.array(step, { minLength: 5, maxLength: 60 }), async (rule, steps) => {
        const result = await run(rule, steps);
        admitted += result.admitted;
        expect(result.isBroken).toBe(false);
      }),
      { numRuns: 1500 },
    );
    expect(admitted).toBeGreaterThan(10_000);
  }, 60_000);
});
