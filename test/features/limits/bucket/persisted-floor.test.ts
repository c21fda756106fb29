import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advanceBucket,
  type Bucket,
  createFullBucket,
  handleLeaseRequest,
  MICRO,
} from "#features/limits/bucket/bucket.ts";
import type { BucketRule } from "#features/limits/bucket/messages.ts";
import {
  createFloor,
  createTightFloor,
  isAboveFloor,
  isTightFloor,
  type PersistedFloor,
  restoreBucket,
} from "#features/limits/bucket/persisted-floor.ts";

const operation = fc.record({
  wait: fc.constantFrom(0, 1, 90, 999, 1000, 3000, 5000, 8000, 9000),
  cost: fc.constantFrom(0, 1, 3, 9),
  leaseTokens: fc.constantFrom(0, 0, 2, 30),
  ttlMs: fc.constantFrom(500, 2000, 4000),
  returns: fc.boolean(),
  isQuiet: fc.boolean(),
});

const rule: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(1, 10, 40, 100),
  refillPerSecond: fc.constantFrom(0.5, 3, 10, 77.7),
});

describe("a bucket restored from its floor", () => {
  it("never has more than the lost bucket, and counts at least as much as leased", () => {
    fc.assert(
      fc.property(rule, fc.array(operation, { minLength: 1, maxLength: 30 }), (rule, operations) => {
        let now = 1_000_000;
        let bucket: Bucket = createFullBucket(rule, now, 1);
        let floor: PersistedFloor | undefined;
        let lease: { id: number; amount: number } | undefined;
        for (const { wait, cost, leaseTokens, ttlMs, returns, isQuiet } of operations) {
          now += wait;
          const settlements =
            returns && lease !== undefined ? [{ leaseId: lease.id, spent: 0, unused: lease.amount }] : [];
          const result = handleLeaseRequest(
            bucket,
            { rule, costs: [cost], leaseTokens, ttlMs, settlements, callCount: 1 },
            now,
          );
          ({ bucket } = result);
          lease = result.response.lease;
          if (!isAboveFloor(floor, bucket, rule)) {
            floor = isQuiet ? createTightFloor(bucket, rule) : createFloor(bucket, rule, floor);
          }
          for (const later of [0, 1, 400, 999, 2000, 4500, 8000, 12_000, 20_000]) {
            const known = advanceBucket(bucket, rule, now + later);
            // The crash is now, or after some time without a call.
            for (const crashedAt of [now, now + later]) {
              const restored = advanceBucket(restoreBucket(floor as PersistedFloor, crashedAt, 0), rule, now + later); // set above
              expect(restored.level).toBeLessThanOrEqual(known.level);
              expect(restored.leased).toBeGreaterThanOrEqual(known.leased);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});

describe("a floor", () => {
  const rule = { capacity: 100, refillPerSecond: 10 };
  const at = (level: number, now: number): Bucket => ({ ...createFullBucket(rule, now, 1), level: level * MICRO });

  it("is a sixteenth of the capacity below the bucket, and in a burst twice as far each time, up to a quarter", () => {
    let floor = createFloor(at(60, 0), rule);
    expect(floor.level).toBe(53 * MICRO);
    expect(createTightFloor(at(60, 0), rule).level).toBe(60 * MICRO);
    const depths = [100, 200, 300, 400, 1400].map((now) => {
      floor = createFloor(at(60, now), rule, floor);
      return floor.depth;
    });
    expect(depths).toEqual([14, 25, 25, 25, 7]);
  });

  it("stays below a full bucket for eight seconds of small requests, and then becomes tight", () => {
    const floor = createFloor(at(99, 0), rule);
    for (const now of [100, 1000, 5000, 7999]) expect(isAboveFloor(floor, at(97, now), rule)).toBe(true);
    expect(isAboveFloor(floor, at(92, 1000), rule)).toBe(false);
    expect(isAboveFloor(floor, at(97, 9000), rule)).toBe(false);
    expect(isTightFloor(floor, at(99, 0), rule)).toBe(true);
    const slow = { capacity: 100, refillPerSecond: 0.1 };
    expect(isTightFloor(createFloor(at(99, 0), slow), at(99, 0), slow)).toBe(false);
    expect(advanceBucket(restoreBucket(floor, 10_000, 1), rule, 10_000).level).toBe(100 * MICRO);
  });
});
