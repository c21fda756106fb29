/**
 * What a bucket's object keeps on disk: a line that the bucket stays above. Guarantees that a bucket which is begun
 * again from its line admits no more than the one that was forgotten would have, loans included. The line is drawn
 * ahead, so that it seldom has to be written. No I/O and no clock: `now` is passed in, in epoch milliseconds.
 */
import { advance, type Bucket, HELD_TIMES, MICRO, waitFor } from "./bucket.ts";
import type { BucketRule } from "./lender.ts";

export interface Line {
  readonly rule: BucketRule;
  /** Micro-tokens at `at`; it rises as the bucket does. */
  readonly level: number;
  readonly at: number;
  /** At least what is lent, in whole tokens, and how long at the most. */
  readonly lent: number;
  readonly lentUntil: number;
}

/** The line is drawn so many parts of the capacity below the bucket. */
const PARTS = 16;

/** How much longer than lent until a line allows for. */
const AHEAD_MS = 5000;

/** By how much the clocks of two machines may differ. */
const SKEW_MS = 5000;

/** The longest that any loan is held. */
const LONGEST_HELD_MS = HELD_TIMES * 4000;

/** Whether the bucket, whatever becomes of it without another call, stays above the line. */
export function isCovered(line: Line | undefined, bucket: Bucket, rule: BucketRule): boolean {
  if (line === undefined || line.rule.capacity !== rule.capacity) return false;
  if (line.rule.refillPerSecond !== rule.refillPerSecond) return false;
  // As it would be where what is lent counts no longer than the line says: at its highest.
  const { level } = advance(beginAgain(line, Number.POSITIVE_INFINITY, 0), rule, bucket.at);
  if (level > bucket.level) return false;
  return bucket.lent === 0 || (line.lent >= bucket.lent && line.lentUntil >= latest(bucket));
}

/** A new line below the bucket. */
export function draw(bucket: Bucket, rule: BucketRule): Line {
  const part = Math.ceil(rule.capacity / PARTS);
  return {
    rule,
    level: bucket.level - part * MICRO,
    at: bucket.at,
    lent: bucket.lent === 0 ? 0 : Math.min(rule.capacity, bucket.lent + part),
    lentUntil: bucket.lent === 0 ? bucket.at : latest(bucket) + AHEAD_MS,
  };
}

/** The line right at the bucket, for when there is time to write it. */
export function drawClose(bucket: Bucket, rule: BucketRule): Line {
  return { rule, level: bucket.level, at: bucket.at, lent: bucket.lent, lentUntil: latest(bucket) };
}

/**
 * The bucket begun again. What was lent counts for as long as it could from `now` on, since another machine's clock
 * may have said how long that is; unless it is over by any clock. `nextLoan` was never used before.
 */
export function beginAgain({ level, at, lent, lentUntil }: Line, now: number, nextLoan: number): Bucket {
  const until = now >= lentUntil + SKEW_MS ? lentUntil : Math.max(now, at) + LONGEST_HELD_MS;
  const loans = lent === 0 ? [] : [{ id: nextLoan, amount: lent, until }];
  return { level, at, loans, lent, nextLoan: nextLoan + 1 };
}

function latest({ loans, at }: Bucket): number {
  return loans.at(-1)?.until ?? at;
}

/** Milliseconds until a bucket of which this is the line is as good as one that never was, if nobody takes from it. */
export function oblivionMs(line: Line): number {
  const bucket = beginAgain(line, line.at, 0);
  return waitFor(bucket, line.rule, line.at, line.rule.capacity) + LONGEST_HELD_MS + SKEW_MS;
}
