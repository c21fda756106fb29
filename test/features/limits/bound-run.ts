/**
 * Isolates that borrow from one bucket, step by step, with clocks of their own, lost messages, crashes and evictions; and
 * a judge of all that they spend.
 */
import { answer, type Bucket, fullBucket } from "#features/limits/bucket.ts";
import type { Answer, Ask, BucketRule } from "#features/limits/lender.ts";
import { beginAgain, draw, drawClose, isCovered, type Line } from "#features/limits/line.ts";
import { askAhead, askFor, decide, EMPTY_WALLET, hear, putBack, type Wallet, wake } from "#features/limits/wallet.ts";
import { openJudge } from "./ideal.ts";

export const ISOLATES = 3;

/** What happens next in a run. */
export type Step =
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

/** One of the requests of a rush. */
export const RUSHING = {
  kind: "request",
  isolate: 0,
  cost: 1,
  demand: 20,
  times: 1,
  there: 0,
  back: 0,
  lost: "none",
} satisfies Step;

interface Isolate {
  wallet: Wallet;
  offset: number;
  /** Grows with each crash: answers to an earlier life are not heard. */
  life: number;
  isAsking: boolean;
  hasHidden: boolean;
}

/** Runs the steps and returns what was admitted, and the time at which the bound was broken, if it was. */
export function run(rule: BucketRule, steps: readonly Step[]) {
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
    if (!isCovered(line, bucket, rule)) line = draw(bucket, rule, line);
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
