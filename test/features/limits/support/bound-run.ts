/**
 * Isolates that lease from one bucket, step by step, with clocks of their own, lost messages, crashes and evictions. An
 * ideal bucket checks everything that they spend.
 */
import { type Bucket, createFullBucket, handleLeaseRequest } from "#features/limits/bucket/bucket.ts";
import type { BucketRule, LeaseRequest, LeaseResponse } from "#features/limits/bucket/messages.ts";
import {
  createFloor,
  createTightFloor,
  isAboveFloor,
  type PersistedFloor,
  restoreBucket,
} from "#features/limits/bucket/persisted-floor.ts";
import {
  advanceIsolateBucket,
  applyLeaseResponse,
  createLeaseRequest,
  createRenewalRequest,
  decideLocally,
  giveBackToIsolate,
  type IsolateBucket,
  NEW_ISOLATE_BUCKET,
} from "#features/limits/isolate/isolate-bucket.ts";
import { createIdealBucket } from "./ideal-bucket.ts";

export const ISOLATES = 3;

/** One step of a run. */
export type Step =
  | {
      kind: "request";
      isolate: number;
      cost: number;
      demand: number;
      times: number;
      there: number;
      back: number;
      lost: "request" | "response" | "none";
    }
  | { kind: "rush"; first: number }
  | { kind: "wait"; ms: number }
  | { kind: "crash"; isolate: number }
  | { kind: "evict" }
  | { kind: "quiet" }
  | { kind: "clock"; isolate: number; by: number }
  | { kind: "hidden step back"; isolate: number; by: number }
  | { kind: "object's clock"; by: number }
  | { kind: "give back"; isolate: number };

const RUSH = 40;

/** One request of a rush. */
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
  bucket: IsolateBucket;
  offset: number;
  /** Grows with each crash. Responses to an earlier life are lost. */
  life: number;
  isCalling: boolean;
  hasHidden: boolean;
}

/** Runs the steps. Returns the admitted tokens, and the time at which the bound was broken, if it was. */
export function run(rule: BucketRule, steps: readonly Step[]) {
  const ideal = createIdealBucket(rule);
  const isolates: Isolate[] = Array.from({ length: ISOLATES }, (_, index) => ({
    bucket: NEW_ISOLATE_BUCKET,
    offset: (index - 1) * 100_000,
    life: 0,
    isCalling: false,
    hasHidden: false,
  }));
  let time = 1_000_000;
  let objectTime = 0;
  let objectOffset = 0;
  let bucket: Bucket | undefined;
  let floor: PersistedFloor | undefined;
  let lives = 0;
  let broken: number | undefined;
  const events: { at: number; run: () => void }[] = [];

  // An object's clock stands still when the machine's clock steps back. A new life knows only the machine's clock.
  const objectNow = () => {
    objectTime = Math.max(objectTime, time + objectOffset);
    return objectTime;
  };
  const admit = (tokens: number) => {
    if (!ideal.admit(time, tokens)) broken ??= time;
  };
  const open = (): Bucket => {
    lives += 1;
    return floor === undefined
      ? createFullBucket(rule, objectNow(), lives * 1000)
      : restoreBucket(floor, objectNow(), lives * 1000);
  };
  const serve = (request: LeaseRequest): LeaseResponse => {
    bucket ??= open();
    const result = handleLeaseRequest(bucket, request, objectNow());
    bucket = result.bucket;
    if (!isAboveFloor(floor, bucket, rule)) floor = createFloor(bucket, rule, floor);
    // Tokens that the object takes are admitted at that moment.
    for (const [index, waitMs] of result.response.waitsMs.entries()) {
      if (waitMs === 0) admit(request.costs[index] ?? 0);
    }
    return { ...result.response, isHot: false };
  };
  const send = (one: Isolate, request: LeaseRequest, { there, back, lost }: Extract<Step, { kind: "request" }>) => {
    const { life } = one;
    const requestedAt = time + one.offset;
    one.isCalling = true;
    const land = (at: number, run: () => void) =>
      void events.push({
        at,
        run: () => {
          if (one.life === life) run();
        },
      });
    if (lost === "request")
      return land(time + there + back, () => {
        one.isCalling = false;
      });
    events.push({
      at: time + there,
      run: () => {
        const response = serve(request);
        land(time + back, () => {
          one.isCalling = false;
          if (lost === "response") return;
          const now = time + one.offset;
          one.bucket = applyLeaseResponse(advanceIsolateBucket(one.bucket, now), request, response, requestedAt, now);
        });
      },
    });
  };
  const arrive = (one: Isolate, step: Extract<Step, { kind: "request" }>) => {
    const now = time + one.offset;
    one.bucket = {
      ...advanceIsolateBucket(one.bucket, now),
      demand: { since: now, current: step.demand, previous: step.demand },
    };
    const decision = decideLocally(one.bucket, rule, now, step.cost);
    if (decision.kind === "spent") {
      one.bucket = decision.bucket;
      admit(step.cost);
      const renewal = one.isCalling ? undefined : createRenewalRequest(one.bucket, rule, now);
      if (renewal === undefined) return;
      one.bucket = renewal.bucket;
      send(one, renewal.request, step);
    } else if (decision.kind === "call" && !one.isCalling) {
      const prepared = createLeaseRequest(one.bucket, rule, now, [step.cost, 1], true);
      one.bucket = prepared.bucket;
      send(one, prepared.request, step);
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
      // All isolates take what is left at once.
      case "rush":
        for (let n = 0; n < ISOLATES * RUSH; n += 1) {
          const rushing = isolates[(step.first + Math.floor(n / RUSH)) % ISOLATES];
          if (rushing !== undefined) arrive(rushing, RUSHING);
          passTime(time);
        }
        break;
      case "wait":
        passTime(time + step.ms);
        break;
      case "request":
        for (let n = 0; n < step.times && one !== undefined; n += 1) {
          arrive(one, step);
          passTime(time);
        }
        break;
      case "crash":
        if (one === undefined) break;
        one.bucket = NEW_ISOLATE_BUCKET;
        one.life += 1;
        one.isCalling = false;
        break;
      case "evict":
        bucket = undefined;
        objectTime = 0;
        break;
      case "quiet":
        if (bucket !== undefined) floor = createTightFloor(bucket, rule);
        break;
      case "clock":
        if (one === undefined) break;
        one.bucket = advanceIsolateBucket(one.bucket, time + one.offset);
        one.offset += step.by;
        one.bucket = advanceIsolateBucket(one.bucket, time + one.offset);
        break;
      case "hidden step back":
        if (one === undefined || one.hasHidden) break;
        one.hasHidden = true;
        one.offset -= step.by;
        break;
      case "object's clock":
        if (bucket !== undefined) objectOffset += step.by;
        break;
      case "give back": {
        if (one === undefined) break;
        const now = time + one.offset;
        const given = giveBackToIsolate(one.bucket, rule, now, 1);
        // Without a lease to take them back, the tokens stay spent.
        if (!given.isLocal) break;
        one.bucket = given.bucket;
        ideal.undo(1);
        break;
      }
    }
  }
  return { broken, admitted: ideal.admitted };
}
