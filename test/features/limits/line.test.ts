import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, answer, type Bucket, fullBucket, MICRO } from "#features/limits/bucket.ts";
import type { BucketRule } from "#features/limits/lender.ts";
import { beginAgain, draw, drawClose, isClose, isCovered, type Line } from "#features/limits/line.ts";

const operation = fc.record({
  wait: fc.constantFrom(0, 1, 90, 999, 1000, 3000, 5000, 8000, 9000),
  cost: fc.constantFrom(0, 1, 3, 9),
  ahead: fc.constantFrom(0, 0, 2, 30),
  lifeMs: fc.constantFrom(500, 2000, 4000),
  returns: fc.boolean(),
  isQuiet: fc.boolean(),
});

const rule: fc.Arbitrary<BucketRule> = fc.record({
  capacity: fc.constantFrom(1, 10, 40, 100),
  refillPerSecond: fc.constantFrom(0.5, 3, 10, 77.7),
});

describe("a bucket begun again from its line", () => {
  it("has never more than the one that was forgotten, and counts at least as much as lent", () => {
    fc.assert(
      fc.property(rule, fc.array(operation, { minLength: 1, maxLength: 30 }), (rule, operations) => {
        let now = 1_000_000;
        let bucket: Bucket = fullBucket(rule, now, 1);
        let line: Line | undefined;
        let loan: { id: number; amount: number } | undefined;
        for (const { wait, cost, ahead, lifeMs, returns, isQuiet } of operations) {
          now += wait;
          const settlements = returns && loan !== undefined ? [{ loan: loan.id, spent: 0, unused: loan.amount }] : [];
          const result = answer(bucket, { rule, costs: [cost], ahead, lifeMs, settlements, standsFor: 1 }, now);
          ({ bucket } = result);
          loan = result.answer.loan;
          if (!isCovered(line, bucket, rule)) line = isQuiet ? drawClose(bucket, rule) : draw(bucket, rule, line);
          for (const later of [0, 1, 400, 999, 2000, 4500, 8000, 12_000, 20_000]) {
            const known = advance(bucket, rule, now + later);
            // The crash is now, or after a while in which nothing happened.
            for (const crashedAt of [now, now + later]) {
              const again = advance(beginAgain(line as Line, crashedAt, 0), rule, now + later); // drawn above
              expect(again.level).toBeLessThanOrEqual(known.level);
              expect(again.lent).toBeGreaterThanOrEqual(known.lent);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});

describe("a line", () => {
  const rule = { capacity: 100, refillPerSecond: 10 };
  const at = (level: number, now: number): Bucket => ({ ...fullBucket(rule, now, 1), level: level * MICRO });

  it("is drawn ahead by a sixteenth of the capacity, and in a burst further each time, up to a quarter", () => {
    let line = draw(at(60, 0), rule);
    expect(line.level).toBe(53 * MICRO);
    expect(drawClose(at(60, 0), rule).level).toBe(60 * MICRO);
    const depths = [100, 200, 300, 400, 1400].map((now) => {
      line = draw(at(60, now), rule, line);
      return line.depth;
    });
    expect(depths).toEqual([14, 25, 25, 25, 7]);
  });

  it("stays below a full bucket for eight seconds, for who takes a little again and again, and is then as good", () => {
    const line = draw(at(99, 0), rule);
    for (const now of [100, 1000, 5000, 7999]) expect(isCovered(line, at(97, now), rule)).toBe(true);
    expect(isCovered(line, at(92, 1000), rule)).toBe(false);
    expect(isCovered(line, at(97, 9000), rule)).toBe(false);
    expect(isClose(line, at(99, 0), rule)).toBe(true);
    const slow = { capacity: 100, refillPerSecond: 0.1 };
    expect(isClose(draw(at(99, 0), slow), at(99, 0), slow)).toBe(false);
    expect(advance(beginAgain(line, 10_000, 1), rule, 10_000).level).toBe(100 * MICRO);
  });
});
