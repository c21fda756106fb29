import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  answer,
  type Bucket,
  fullBucket,
  giveBack,
  HELD_TIMES,
  lend,
  MICRO,
  settle,
  take,
} from "#features/limits/bucket.ts";
import type { BucketRule } from "#features/limits/lender.ts";

const RULE: BucketRule = { capacity: 100, refillPerSecond: 10 };

function tokens(bucket: Bucket, now: number, rule = RULE): number {
  return advance(bucket, rule, now).level / MICRO;
}

describe("taking", () => {
  it("gives a full bucket's capacity, then one in the time that one takes", () => {
    const empty = take(fullBucket(RULE, 0, 1), RULE, 0, 100);
    expect(empty.waitMs).toBe(0);
    expect(take(empty.bucket, RULE, 0, 1).waitMs).toBe(100);
    expect(take(empty.bucket, RULE, 99, 1).waitMs).toBe(1);
    const one = take(empty.bucket, RULE, 100, 1);
    expect(one.waitMs).toBe(0);
    expect(take(one.bucket, RULE, 100, 1).waitMs).toBe(100);
  });

  it("changes nothing when it refuses", () => {
    const { bucket } = take(fullBucket(RULE, 0, 1), RULE, 0, 98);
    expect(take(bucket, RULE, 50, 5).bucket).toBe(bucket);
  });

  it("adds nothing while the clock is behind", () => {
    const { bucket } = take(fullBucket(RULE, 10_000, 1), RULE, 10_000, 100);
    expect(tokens(bucket, 3000)).toBe(0);
    const { bucket: later } = take(bucket, RULE, 10_100, 1);
    expect(take(later, RULE, 9000, 1).waitMs).toBe(100);
    expect(tokens(later, 10_100)).toBe(0);
  });

  it("tells the exact wait, loans or not: then it succeeds, and a millisecond earlier it does not", () => {
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
        (rule, loans, share) => {
          let now = 1_700_000_000_000;
          let bucket = fullBucket(rule, now, 1);
          for (const { share, wait } of loans) {
            bucket = lend(bucket, rule, now, { ahead: Math.floor(share * rule.capacity), lifeMs: 2000 }).bucket;
            now += wait;
          }
          bucket = take(bucket, rule, now, Math.floor(advance(bucket, rule, now).level / MICRO)).bucket;
          const cost = Math.max(1, Math.floor(share * rule.capacity));
          const { waitMs } = take(bucket, rule, now, cost);
          expect(take(bucket, rule, now + waitMs, cost).waitMs).toBe(0);
          if (waitMs > 0) expect(take(bucket, rule, now + waitMs - 1, cost).waitMs).toBe(1);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("lending", () => {
  it("keeps half, and never refills past what is out", () => {
    const { bucket, loan } = lend(fullBucket(RULE, 0, 7), RULE, 0, { ahead: 80, lifeMs: 2000 });
    expect(loan).toEqual({ id: 7, amount: 50, lifeMs: 2000 });
    expect(tokens(bucket, 0)).toBe(50);
    expect(tokens(bucket, HELD_TIMES * 2000 - 1)).toBe(50);
    expect(tokens(bucket, HELD_TIMES * 2000 + 1000)).toBe(60);
  });

  it("credits what is handed back once, and only while the loan is held", () => {
    const { bucket } = lend(fullBucket(RULE, 0, 7), RULE, 0, { ahead: 50, lifeMs: 2000 });
    const partly = settle(bucket, RULE, 1000, [{ loan: 7, spent: 10, unused: 15 }]);
    expect([tokens(partly, 1000), partly.lent]).toEqual([65, 25]);
    const all = settle(partly, RULE, 1000, [{ loan: 7, spent: 0, unused: 25 }]);
    expect([tokens(all, 1000), all.lent]).toEqual([90, 0]);
    for (const again of [
      { loan: 7, spent: 0, unused: 1 },
      { loan: 8, spent: 0, unused: 1 },
    ]) {
      expect(tokens(settle(all, RULE, 1000, [again]), 1000)).toBe(90);
    }
    expect(settle(bucket, RULE, 1000, [{ loan: 7, spent: 1, unused: 50 }]).lent).toBe(50);
    expect(settle(bucket, RULE, 1000, [{ loan: 7, spent: -9, unused: 50 }]).lent).toBe(50);
    expect(tokens(settle(bucket, RULE, 4000, [{ loan: 7, spent: 0, unused: 50 }]), 4000)).toBe(50);
  });

  it("gives back no more than there is room for", () => {
    const { bucket } = lend(fullBucket(RULE, 0, 7), RULE, 0, { ahead: 20, lifeMs: 2000 });
    expect(tokens(giveBack(bucket, RULE, 0, 5), 0)).toBe(80);
  });
});

describe("an ask", () => {
  it("takes what each costs, the first come first, and refuses what is too dear without stopping the others", () => {
    const { bucket } = take(fullBucket(RULE, 0, 1), RULE, 0, 94);
    const costs = [1, 9, 4, 1, 1];
    const { answer: found } = answer(
      bucket,
      { rule: RULE, costs, ahead: 0, lifeMs: 0, settlements: [], standsFor: 1 },
      0,
    );
    expect(found).toEqual({ waitsMs: [0, 900, 0, 0, 100], loan: undefined, level: 0 });
  });
});
