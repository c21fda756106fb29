import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bucket, createFullBucket, handleLeaseRequest } from "#features/limits/bucket/bucket.ts";
import type { BucketRule, LeaseRequest, LeaseResponse } from "#features/limits/bucket/messages.ts";
import {
  createFloor,
  isAboveFloor,
  type PersistedFloor,
  restoreBucket,
} from "#features/limits/bucket/persisted-floor.ts";
import {
  advanceIsolateBucket,
  applyLeaseResponse,
  createLeaseRequest,
  decideLocally,
  type IsolateBucket,
  NEW_ISOLATE_BUCKET,
} from "#features/limits/isolate/isolate-bucket.ts";
import { createLocationBucket } from "#features/limits/object/location-bucket.ts";
import { createIdealBucket } from "../support/ideal-bucket.ts";

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
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("global bucket responds" as const), isLost: fc.boolean() }) },
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("global bucket evicted" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("isolate crashes" as const), isolate }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const rule: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(10, 40, 100),
  refillPerSecond: fc.constantFrom(1, 10, 50),
});

async function run(rule: BucketRule, steps: readonly Step[]) {
  const ideal = createIdealBucket(rule);
  let now = 1_000_000;
  let bucket: Bucket | undefined;
  let floor: PersistedFloor | undefined;
  let lives = 0;
  let isBroken = false;
  const calls: {
    request: LeaseRequest;
    resolve: (response: LeaseResponse) => void;
    reject: (error: Error) => void;
  }[] = [];
  const dependencies = {
    now: () => now,
    defer: (work: Promise<unknown>) => void work.catch(() => undefined),
    globalBucket: {
      requestLease: (request: LeaseRequest) =>
        new Promise<LeaseResponse>((resolve, reject) => calls.push({ request, resolve, reject })),
    },
  };
  const newLocation = () => {
    lives += 1;
    return createLocationBucket(lives * 1_000_000);
  };
  const locations = Array.from({ length: LOCATIONS }, newLocation);
  const buckets: IsolateBucket[] = Array.from({ length: ISOLATES }, () => NEW_ISOLATE_BUCKET);
  const crashes = new Array<number>(ISOLATES).fill(0);
  const calling = new Set<number>();
  const settled = async () => {
    for (let turn = 0; turn < 12; turn += 1) await undefined;
  };
  const admit = (tokens: number) => {
    if (!ideal.admit(now, tokens)) isBroken = true;
  };

  function serveGlobalBucket(isLost: boolean): void {
    const call = calls.shift();
    if (call === undefined) return;
    lives += 1;
    bucket ??=
      floor === undefined ? createFullBucket(rule, now, lives * 1000) : restoreBucket(floor, now, lives * 1000);
    const result = handleLeaseRequest(bucket, call.request, now);
    bucket = result.bucket;
    if (!isAboveFloor(floor, bucket, rule)) floor = createFloor(bucket, rule);
    if (isLost) call.reject(new Error("lost"));
    else call.resolve({ ...result.response, isHot: true });
  }

  async function callLocation(index: number, isLost: boolean): Promise<void> {
    const crash = crashes[index];
    const requestedAt = now;
    const prepared = createLeaseRequest(buckets[index] ?? NEW_ISOLATE_BUCKET, rule, now, [1, 1], true);
    buckets[index] = prepared.bucket;
    calling.add(index);
    try {
      const response = await locations[index % LOCATIONS]?.requestLease(prepared.request, dependencies);
      if (response === undefined) return;
      for (const waitMs of response.waitsMs) if (waitMs === 0) admit(1);
      if (isLost || crash !== crashes[index]) return;
      const current = advanceIsolateBucket(buckets[index] ?? NEW_ISOLATE_BUCKET, now);
      buckets[index] = applyLeaseResponse(current, prepared.request, response, requestedAt, now);
    } catch {
      // The location's own call was lost, and with it this one.
    } finally {
      calling.delete(index);
    }
  }

  for (const step of steps) {
    switch (step.kind) {
      case "wait":
        now += step.ms;
        break;
      case "global bucket responds":
        serveGlobalBucket(step.isLost);
        break;
      case "requests":
        for (let n = 0; n < step.times; n += 1) {
          const current = {
            ...advanceIsolateBucket(buckets[step.isolate] ?? NEW_ISOLATE_BUCKET, now),
            demand: { since: now, current: step.demand, previous: step.demand },
          };
          buckets[step.isolate] = current;
          const decision = decideLocally(current, rule, now, 1);
          if (decision.kind === "spent") {
            buckets[step.isolate] = decision.bucket;
            admit(1);
          } else if (decision.kind === "call" && !calling.has(step.isolate)) {
            void callLocation(step.isolate, step.isLost);
            await settled();
            // Most of the time the global bucket responds at once.
            if (step.times > 1) serveGlobalBucket(false);
            await settled();
          }
        }
        break;
      case "location evicted":
        locations[step.location] = newLocation();
        break;
      case "global bucket evicted":
        bucket = undefined;
        break;
      case "isolate crashes":
        buckets[step.isolate] = NEW_ISOLATE_BUCKET;
        crashes[step.isolate] = (crashes[step.isolate] ?? 0) + 1;
        break;
    }
    await settled();
  }
  return { isBroken, admitted: ideal.admitted };
}

/** A location in front of a global bucket that can be unreachable, both with a clock of the test. */
function openLocation(rule: BucketRule) {
  const context = {
    now: 10_000_000,
    /** How far the clock moves during a call to the global bucket. */
    stepMs: 0,
    isReachable: true,
    leaseTokens: [] as number[],
    bucket: createFullBucket(rule, 10_000_000, 1),
  };
  const location = createLocationBucket(1000);
  const dependencies = {
    now: () => context.now,
    defer: (work: Promise<unknown>) => void work.catch(() => undefined),
    globalBucket: {
      requestLease: async (request: LeaseRequest): Promise<LeaseResponse> => {
        if (!context.isReachable) throw new Error("lost");
        context.leaseTokens.push(request.leaseTokens);
        const result = handleLeaseRequest(context.bucket, request, context.now);
        context.bucket = result.bucket;
        context.now += context.stepMs;
        return { ...result.response, isHot: true };
      },
    },
  };
  const requestLease = (costs: readonly number[], more: Partial<LeaseRequest> = {}) =>
    location.requestLease(
      { rule, costs, leaseTokens: 0, ttlMs: 2000, settlements: [], callCount: 1, ...more },
      dependencies,
    );
  return { context, requestLease };
}

describe("a location", () => {
  it("leases no more after a time without the global bucket than before it", async () => {
    const { context, requestLease } = openLocation({ capacity: 1000, refillPerSecond: 100 });
    context.isReachable = false;
    for (let n = 0; n < 50; n += 1) await expect(requestLease([5, 5])).rejects.toThrow("lost");
    context.isReachable = true;
    context.now += 60_000;
    await requestLease([1]);
    expect(Math.max(...context.leaseTokens)).toBe(1);
  });

  it("returns a wait until enough is left, and never less than its own pause", async () => {
    for (const refillPerSecond of [0.1, 1, 50]) {
      const { context, requestLease } = openLocation({ capacity: 10, refillPerSecond });
      while ((await requestLease([1])).waitsMs[0] === 0);
      const [one = 0, three = 0] = (await requestLease([1, 3])).waitsMs;
      expect(three).toBeGreaterThanOrEqual(Math.max(250, 3000 / refillPerSecond));
      expect(three).toBeLessThanOrEqual(Math.max(500, 6000 / refillPerSecond));
      context.now += one;
      expect((await requestLease([1])).waitsMs, `after ${one} ms`).toEqual([0]);
    }
  });

  it("returns no longer wait if its clock steps back during a call", async () => {
    const { context, requestLease } = openLocation({ capacity: 10, refillPerSecond: 10 });
    while ((await requestLease([1])).waitsMs[0] === 0);
    context.now += 250;
    context.stepMs = -3_600_000;
    const { waitsMs } = await requestLease([8]);
    expect(waitsMs[0]).toBeGreaterThan(0);
    expect(waitsMs[0]).toBeLessThanOrEqual(1000);
  });
});

describe("a location's isolates", () => {
  it("keep the global bucket's bound: uneven isolates, lost messages, crashes, evictions on either level", async () => {
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
