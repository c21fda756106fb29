import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advanceBucket,
  type Bucket,
  createFullBucket,
  giveBackTokens,
  grantLease,
  HOLD_FACTOR,
  handleLeaseRequest,
  MICRO,
  settleLeases,
  takeTokens,
} from "#features/limits/bucket/bucket.ts";
import type { BucketRule } from "#features/limits/bucket/messages.ts";

const RULE: BucketRule = { capacity: 100, refillPerSecond: 10 };

function tokens(bucket: Bucket, now: number, rule = RULE): number {
  return advanceBucket(bucket, rule, now).level / MICRO;
}

describe("taking tokens", () => {
  it("takes the capacity of a full bucket, then one token each time one is refilled", () => {
    const empty = takeTokens(createFullBucket(RULE, 0, 1), RULE, 0, 100);
    expect(empty.waitMs).toBe(0);
    expect(takeTokens(empty.bucket, RULE, 0, 1).waitMs).toBe(100);
    expect(takeTokens(empty.bucket, RULE, 99, 1).waitMs).toBe(1);
    const one = takeTokens(empty.bucket, RULE, 100, 1);
    expect(one.waitMs).toBe(0);
    expect(takeTokens(one.bucket, RULE, 100, 1).waitMs).toBe(100);
  });

  it("changes nothing on a refusal", () => {
    const { bucket } = takeTokens(createFullBucket(RULE, 0, 1), RULE, 0, 98);
    expect(takeTokens(bucket, RULE, 50, 5).bucket).toBe(bucket);
  });

  it("adds nothing while the clock is behind the bucket", () => {
    const { bucket } = takeTokens(createFullBucket(RULE, 10_000, 1), RULE, 10_000, 100);
    expect(tokens(bucket, 3000)).toBe(0);
    const { bucket: later } = takeTokens(bucket, RULE, 10_100, 1);
    expect(takeTokens(later, RULE, 9000, 1).waitMs).toBe(100);
    expect(tokens(later, 10_100)).toBe(0);
  });

  it("returns the exact wait with and without leases: then it succeeds, and a millisecond earlier it does not", () => {
    fc.assert(
      fc.property(
        fc.record({
          capacity: fc.integer({ min: 1, max: 1_000_000 }),
          refillPerSecond: fc.oneof(
            fc.double({ min: 1e-5, max: 1e5, noNaN: true }),
            fc.constantFrom(10, 0.1, 1 / 3, 1000 / 86_400),
          ),
        }),
        fc.array(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), wait: fc.nat(3000) }), {
          maxLength: 6,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rule, leases, share) => {
          let now = 1_700_000_000_000;
          let bucket = createFullBucket(rule, now, 1);
          for (const { share, wait } of leases) {
            bucket = grantLease(bucket, rule, now, {
              leaseTokens: Math.floor(share * rule.capacity),
              ttlMs: 2000,
            }).bucket;
            now += wait;
          }
          bucket = takeTokens(bucket, rule, now, Math.floor(advanceBucket(bucket, rule, now).level / MICRO)).bucket;
          const cost = Math.max(1, Math.floor(share * rule.capacity));
          const { waitMs } = takeTokens(bucket, rule, now, cost);
          expect(takeTokens(bucket, rule, now + waitMs, cost).waitMs).toBe(0);
          if (waitMs > 0) expect(takeTokens(bucket, rule, now + waitMs - 1, cost).waitMs).toBe(1);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("leases", () => {
  it("keep half of the level in the bucket, which never refills past what is leased", () => {
    const { bucket, lease } = grantLease(createFullBucket(RULE, 0, 7), RULE, 0, { leaseTokens: 80, ttlMs: 2000 });
    expect(lease).toEqual({ id: 7, amount: 50, ttlMs: 2000 });
    expect(tokens(bucket, 0)).toBe(50);
    expect(tokens(bucket, HOLD_FACTOR * 2000 - 1)).toBe(50);
    expect(tokens(bucket, HOLD_FACTOR * 2000 + 1000)).toBe(60);
  });

  it("are credited once when they return, and only until they expire", () => {
    const { bucket } = grantLease(createFullBucket(RULE, 0, 7), RULE, 0, { leaseTokens: 50, ttlMs: 2000 });
    const partly = settleLeases(bucket, RULE, 1000, [{ leaseId: 7, spent: 10, unused: 15 }]);
    expect([tokens(partly, 1000), partly.leased]).toEqual([65, 25]);
    const all = settleLeases(partly, RULE, 1000, [{ leaseId: 7, spent: 0, unused: 25 }]);
    expect([tokens(all, 1000), all.leased]).toEqual([90, 0]);
    for (const again of [
      { leaseId: 7, spent: 0, unused: 1 },
      { leaseId: 8, spent: 0, unused: 1 },
    ]) {
      expect(tokens(settleLeases(all, RULE, 1000, [again]), 1000)).toBe(90);
    }
    expect(settleLeases(bucket, RULE, 1000, [{ leaseId: 7, spent: 1, unused: 50 }]).leased).toBe(50);
    expect(settleLeases(bucket, RULE, 1000, [{ leaseId: 7, spent: -9, unused: 50 }]).leased).toBe(50);
    expect(tokens(settleLeases(bucket, RULE, 4000, [{ leaseId: 7, spent: 0, unused: 50 }]), 4000)).toBe(50);
  });

  it("leave less room for tokens that are given back", () => {
    const { bucket } = grantLease(createFullBucket(RULE, 0, 7), RULE, 0, { leaseTokens: 20, ttlMs: 2000 });
    expect(tokens(giveBackTokens(bucket, RULE, 0, 5), 0)).toBe(80);
  });
});

describe("a lease request", () => {
  it("takes costs in order of arrival, and refuses one that is too high without stopping the others", () => {
    const { bucket } = takeTokens(createFullBucket(RULE, 0, 1), RULE, 0, 94);
    const costs = [1, 9, 4, 1, 1];
    const { response } = handleLeaseRequest(
      bucket,
      { rule: RULE, costs, leaseTokens: 0, ttlMs: 0, settlements: [], callCount: 1 },
      0,
    );
    expect(response).toEqual({ waitsMs: [0, 900, 0, 0, 100], lease: undefined, level: 0 });
  });
});
