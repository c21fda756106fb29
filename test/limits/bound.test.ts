import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answer, type Bucket, fullBucket } from "../../src/limits/bucket.ts";
import type { Answer, Ask, BucketRule } from "../../src/limits/lender.ts";
import { beginAgain, draw, drawClose, isCovered, type Line } from "../../src/limits/line.ts";
import {
  askAhead,
  askFor,
  decide,
  EMPTY_WALLET,
  hear,
  LIFE_MS,
  putBack,
  type Wallet,
  wake,
} from "../../src/limits/wallet.ts";
import { openJudge } from "./ideal.ts";

const ISOLATES = 3;

type Step =
  | {
      kind: "request";
      isolate: number;
      cost: number;
      demand: number;
      times: number;
      there: number;
      back: number;
      lost: "ask" | "answer" | "none";
    }
  | { kind: "rush"; first: number }
  | { kind: "wait"; ms: number }
  | { kind: "crash"; isolate: number }
  | { kind: "evict" }
  | { kind: "quiet" }
  | { kind: "clock"; isolate: number; by: number }
  | { kind: "hidden step back"; isolate: number; by: number }
  | { kind: "object's clock"; by: number }
  | { kind: "put back"; isolate: number };

const RUSH = 40;

const RUSHING = {
  kind: "request",
  isolate: 0,
  cost: 1,
  demand: 20,
  times: 1,
  there: 0,
  back: 0,
  lost: "none",
} satisfies Step;

const isolate = fc.nat(ISOLATES - 1);
const delay = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0, 0, 1, 40) },
  { weight: 1, arbitrary: fc.nat(6000) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      isolate,
      cost: fc.constantFrom(1, 1, 1, 2, 5),
      demand: fc.constantFrom(0, 10, 60, 60),
      times: fc.constantFrom(1, 8, 8, 40, 200),
      there: delay,
      back: delay,
      lost: fc.constantFrom("none" as const, "none" as const, "none" as const, "ask" as const, "answer" as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("rush" as const), first: isolate }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 7, 50, 99, 100, 333, 1000, 1999, 2000, 2500, 4001, 9000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), isolate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("evict" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("quiet" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      isolate,
      by: fc.integer({ min: -10_000, max: 10_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("hidden step back" as const),
      isolate,
      by: fc.integer({ min: 1, max: LIFE_MS }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("object's clock" as const), by: fc.integer({ min: -10_000, max: -1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("put back" as const), isolate }) },
);

const rule: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(1, 5, 7, 20, 20, 100),
  refillPerSecond: fc.constantFrom(0.1, 1 / 3, 1, 10, 33.3, 500),
});

/** One borrows; much later, as far as its clock can tell or further, all at once spend what they have and take more. */
const ageing: fc.Arbitrary<Step[]> = fc
  .record({
    demand: fc.constantFrom(5, 20, 60),
    wait: fc.constantFrom(1900, 2000, 2100, 3900, 3999, 4000, 4100, 6000),
    hidden: fc.constantFrom(0, 0, LIFE_MS - 1, LIFE_MS),
    stepBack: fc.constantFrom(0, 0, -5000),
    event: fc.constantFrom("none" as const, "evict" as const, "quiet" as const),
    later: fc.constantFrom(0, 100, 2000),
  })
  .map(({ demand, wait, hidden, stepBack, event, later }) => [
    { ...RUSHING, demand },
    { ...RUSHING, demand },
    ...(event === "none" ? [] : [{ kind: event }]),
    { kind: "wait", ms: wait },
    stepBack === 0 ? { kind: "hidden step back", isolate: 0, by: hidden } : { kind: "clock", isolate: 0, by: stepBack },
    { kind: "rush", first: 1 },
    { kind: "wait", ms: later },
    { kind: "rush", first: 0 },
  ]);

const steps = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.array(step, { maxLength: 20 }) }, { weight: 1, arbitrary: ageing }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.flat());

interface Isolate {
  wallet: Wallet;
  offset: number;
  /** Grows with each crash: answers to an earlier life are not heard. */
  life: number;
  isAsking: boolean;
  hasHidden: boolean;
}

/** Runs the steps and returns what was admitted, or the time at which the bound was broken. */
function run(rule: BucketRule, steps: readonly Step[]) {
  const judge = openJudge(rule);
  const isolates: Isolate[] = Array.from({ length: ISOLATES }, (_, index) => ({
    wallet: EMPTY_WALLET,
    offset: (index - 1) * 100_000,
    life: 0,
    isAsking: false,
    hasHidden: false,
  }));
  let time = 1_000_000;
  let objectTime = 0;
  let objectOffset = 0;
  let bucket: Bucket | undefined;
  let line: Line | undefined;
  let lives = 0;
  let broken: number | undefined;
  const events: { at: number; run: () => void }[] = [];

  // An object's clock stands still while it is behind itself; a new life knows only the machine's.
  const objectNow = () => {
    objectTime = Math.max(objectTime, time + objectOffset);
    return objectTime;
  };
  const admit = (tokens: number) => {
    if (!judge.admit(time, tokens)) broken ??= time;
  };
  const open = (): Bucket => {
    lives += 1;
    return line === undefined
      ? fullBucket(rule, objectNow(), lives * 1000)
      : beginAgain(line, objectNow(), lives * 1000);
  };
  const serve = (ask: Ask): Answer => {
    bucket ??= open();
    const result = answer(bucket, ask, objectNow());
    bucket = result.bucket;
    if (!isCovered(line, bucket, rule)) line = draw(bucket, rule);
    // What is taken at the object is admitted there and then.
    for (const [index, waitMs] of result.answer.waitsMs.entries()) if (waitMs === 0) admit(ask.costs[index] ?? 0);
    return { ...result.answer, isHot: false };
  };
  const send = (one: Isolate, ask: Ask, { there, back, lost }: Extract<Step, { kind: "request" }>) => {
    const { life } = one;
    const askedAt = time + one.offset;
    one.isAsking = true;
    const land = (at: number, run: () => void) =>
      void events.push({
        at,
        run: () => {
          if (one.life === life) run();
        },
      });
    if (lost === "ask")
      return land(time + there + back, () => {
        one.isAsking = false;
      });
    events.push({
      at: time + there,
      run: () => {
        const reply = serve(ask);
        land(time + back, () => {
          one.isAsking = false;
          if (lost === "answer") return;
          const now = time + one.offset;
          one.wallet = hear(wake(one.wallet, now), ask, reply, askedAt, now);
        });
      },
    });
  };
  const request = (one: Isolate, step: Extract<Step, { kind: "request" }>) => {
    const now = time + one.offset;
    one.wallet = { ...wake(one.wallet, now), demand: { since: now, current: step.demand, previous: step.demand } };
    const decision = decide(one.wallet, rule, now, step.cost);
    if (decision.kind === "spent") {
      one.wallet = decision.wallet;
      admit(step.cost);
      const more = one.isAsking ? undefined : askAhead(one.wallet, rule, now);
      if (more === undefined) return;
      one.wallet = more.wallet;
      send(one, more.ask, step);
    } else if (decision.kind === "ask" && !one.isAsking) {
      const asking = askFor(one.wallet, rule, now, [step.cost, 1], true);
      one.wallet = asking.wallet;
      send(one, asking.ask, step);
    }
  };
  const passTime = (until: number) => {
    for (;;) {
      events.sort((a, b) => a.at - b.at);
      const [next] = events;
      if (next === undefined || next.at > until) break;
      events.shift();
      time = Math.max(time, next.at);
      next.run();
    }
    time = Math.max(time, until);
  };

  for (const step of steps) {
    passTime(time);
    const one = "isolate" in step ? isolates[step.isolate] : undefined;
    switch (step.kind) {
      // Everybody at once takes what there is.
      case "rush":
        for (let n = 0; n < ISOLATES * RUSH; n += 1) {
          const rushing = isolates[(step.first + Math.floor(n / RUSH)) % ISOLATES];
          if (rushing !== undefined) request(rushing, RUSHING);
          passTime(time);
        }
        break;
      case "wait":
        passTime(time + step.ms);
        break;
      case "request":
        for (let n = 0; n < step.times && one !== undefined; n += 1) {
          request(one, step);
          passTime(time);
        }
        break;
      case "crash":
        if (one === undefined) break;
        one.wallet = EMPTY_WALLET;
        one.life += 1;
        one.isAsking = false;
        break;
      case "evict":
        bucket = undefined;
        objectTime = 0;
        break;
      case "quiet":
        if (bucket !== undefined) line = drawClose(bucket, rule);
        break;
      case "clock":
        if (one === undefined) break;
        one.wallet = wake(one.wallet, time + one.offset);
        one.offset += step.by;
        one.wallet = wake(one.wallet, time + one.offset);
        break;
      case "hidden step back":
        if (one === undefined || one.hasHidden) break;
        one.hasHidden = true;
        one.offset -= step.by;
        break;
      case "object's clock":
        if (bucket !== undefined) objectOffset += step.by;
        break;
      case "put back": {
        if (one === undefined) break;
        const wallet = putBack(wake(one.wallet, time + one.offset), rule, time + one.offset, 1);
        if (wallet === undefined) break;
        one.wallet = wallet;
        judge.undo(1);
        break;
      }
    }
  }
  return { broken, admitted: judge.admitted };
}

describe("the bound", () => {
  it("holds over any window: isolates, loans, clock steps, lost answers, crashes, evictions", () => {
    let admitted = 0;
    fc.assert(
      fc.property(rule, steps, (rule, steps) => {
        const result = run(rule, steps);
        admitted += result.admitted;
        expect(result.broken).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(admitted).toBeGreaterThan(10_000);
  }, 60_000);
});
