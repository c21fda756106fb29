/**
 * What a bucket's object keeps on disk: a line that the bucket stays above. Guarantees that a bucket which is begun
 * again from its line admits no more than the one that was forgotten would have, loans included. The line is drawn
 * ahead, so that it seldom has to be written: below the bucket for what will be taken, and for a while below the top,
 * for a client that takes a little of a full bucket again and again. No I/O and no clock: `now` is passed in, in epoch
 * milliseconds.
 */
import { advance, type Bucket, MICRO, waitFor } from "./bucket.ts";
import type { BucketRule } from "./lender.ts";

export interface Line {
  readonly rule: BucketRule;
  /** Micro-tokens at `at`; it rises as the bucket does. */
  readonly level: number;
  readonly at: number;
  /** How far ahead it was drawn, in whole tokens. */
  readonly depth: number;
  /** Until then it rises no higher than `depth` below the capacity. */
  readonly heldUntil: number;
  /** At least what is lent, in whole tokens, and how long at the most. */
  readonly lent: number;
  readonly lentUntil: number;
}

/** The line is drawn so many parts of the capacity below the bucket; in a burst twice as far each time, up to a quarter. */
const PARTS = 16;
const LEAST_PARTS = 4;

/** A line that served for less than that was drawn in a burst. */
const BURST_MS = 1000;

/** How long a line is held below the top. The platform evicts nobody sooner after its last call. */
const HOLD_MS = 8000;

/** After so long without a call an object may be gone, and what its line lacks is lost. */
const EVICTED_AFTER_MS = 10_000;

/** How much longer than lent until a line allows for. */
const AHEAD_MS = 5000;

/** By how much the clocks of two machines may differ. */
const SKEW_MS = 5000;

/** Whether the bucket, whatever becomes of it without another call, stays above the line. */
export function isCovered(line: Line | undefined, bucket: Bucket, rule: BucketRule): boolean {
  if (line === undefined || line.rule.capacity !== rule.capacity) return false;
  if (line.rule.refillPerSecond !== rule.refillPerSecond) return false;
  if (highest(line, bucket.at) > bucket.level) return false;
  return bucket.lent === 0 || (line.lent >= bucket.lent && line.lentUntil >= latest(bucket));
}

/** A new line below the bucket, in the place of `former`. */
export function draw(bucket: Bucket, rule: BucketRule, former?: Line): Line {
  const part = Math.ceil(rule.capacity / PARTS);
  const isBurst = former !== undefined && bucket.at - former.at < BURST_MS && former.depth > 0;
  const depth = isBurst ? Math.max(part, Math.min(2 * former.depth, Math.ceil(rule.capacity / LEAST_PARTS))) : part;
  return {
    rule,
    level: bucket.level - depth * MICRO,
    at: bucket.at,
    depth,
    heldUntil: bucket.at + HOLD_MS,
    lent: bucket.lent === 0 ? 0 : Math.min(rule.capacity, bucket.lent + depth),
    lentUntil: bucket.lent === 0 ? bucket.at : latest(bucket) + AHEAD_MS,
  };
}

/** The line right at the bucket, for when there is time to write it. */
export function drawClose(bucket: Bucket, rule: BucketRule): Line {
  const { level, at, lent } = bucket;
  return { rule, level, at, depth: 0, heldUntil: at, lent, lentUntil: latest(bucket) };
}

/** Whether the line will be as good as the bucket by the time at which the object may be gone, if nobody calls it. */
export function isClose(line: Line, bucket: Bucket, rule: BucketRule): boolean {
  const goneAt = bucket.at + EVICTED_AFTER_MS;
  const again = advance(beginAgain(line, goneAt, 0), rule, goneAt);
  return advance(bucket, rule, goneAt).level - again.level < MICRO && again.lent <= bucket.lent;
}

/**
 * The bucket begun again. What was lent counts for as long as it could from `now` on, since another machine's clock
 * may have said how long that is; unless it is over by any clock. `nextLoan` was never used before.
 */
export function beginAgain(line: Line, now: number, nextLoan: number): Bucket {
  const { at, lentUntil } = line;
  const until = now >= lentUntil + SKEW_MS ? lentUntil : Math.max(now, at) + (lentUntil - at);
  return risen(line, now, until, nextLoan);
}

/** The most that a bucket begun again could have at `time`: where what is lent counts no longer than the line says. */
function highest(line: Line, time: number): number {
  return advance(risen(line, time, line.lentUntil, 0), line.rule, time).level;
}

/** The line as a bucket, at the end of its hold, or at `time` if that comes first. */
function risen({ rule, level, at, depth, heldUntil, lent }: Line, time: number, until: number, nextLoan: number) {
  const loans = lent === 0 ? [] : [{ id: nextLoan, amount: lent, until }];
  const bucket: Bucket = { level, at, loans, lent, nextLoan: nextLoan + 1 };
  if (!(heldUntil > at && time > at)) return bucket;
  const held = advance(bucket, rule, Math.min(time, heldUntil));
  return { ...held, level: Math.min(held.level, (rule.capacity - depth) * MICRO) };
}

function latest({ loans, at }: Bucket): number {
  return loans.at(-1)?.until ?? at;
}

/** Milliseconds until a bucket of which this is the line is as good as one that never was, if nobody takes from it. */
export function oblivionMs(line: Line): number {
  const { rule, at, lentUntil } = line;
  return HOLD_MS + waitFor(beginAgain(line, at, 0), rule, at, rule.capacity) + (lentUntil - at) + SKEW_MS;
}
