/**
 * The bound as an ideal bucket: it leases nothing and has no network in front of it. Admissions kept
 * `capacity + refill * s` over every window if and only if this bucket, full at first, could have supplied all of them.
 */
import type { BucketRule } from "#features/limits/bucket/messages.ts";

/** Rounding errors of floating-point numbers, in tokens. */
const TOLERANCE = 1e-6;

export function createIdealBucket({ capacity, refillPerSecond }: BucketRule) {
  let level = capacity;
  let at = Number.NEGATIVE_INFINITY;
  return {
    admitted: 0,
    /** Records an admission; times never go back. False if the bound is broken. */
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
    /** Removes an admission that did not count after all. */
    undo(tokens: number): void {
      level = Math.min(capacity, level + tokens);
      this.admitted -= tokens;
    },
  };
}
