/**
 * The bound, as a judge: a bucket that nobody lends from and no network stands before. What was admitted kept
 * `capacity + refill * s` over every window if and only if this bucket, full at first, could have given all of it.
 */
import type { BucketRule } from "#features/limits/lender.ts";

/** A float's worth of rounding, in tokens. */
const TOLERANCE = 1e-6;

export function openJudge({ capacity, refillPerSecond }: BucketRule) {
  let level = capacity;
  let at = Number.NEGATIVE_INFINITY;
  return {
    admitted: 0,
    /** Hears of an admission; times never go back. False where the bound is broken. */
    admit(time: number, tokens: number): boolean {
      if (time < at) throw new Error("time runs backwards");
      level = Math.min(
        capacity,
        at === Number.NEGATIVE_INFINITY ? capacity : level + ((time - at) * refillPerSecond) / 1000,
      );
      at = time;
      level -= tokens;
      this.admitted += tokens;
      return level >= -TOLERANCE;
    },
    /** What was admitted was none after all. */
    undo(tokens: number): void {
      level = Math.min(capacity, level + tokens);
      this.admitted -= tokens;
    },
  };
}
