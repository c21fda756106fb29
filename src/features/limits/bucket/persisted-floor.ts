/**
 * The floor that a bucket's object keeps on disk: a state that the bucket in memory never falls below. A bucket restored
 * from its floor admits no more than the lost bucket would have, leases included. The floor is set ahead of the bucket,
 * so that it is seldom written. Pure: `now` is an argument in epoch milliseconds.
 */
import { advanceBucket, type Bucket, MICRO, waitMsFor } from "./bucket.ts";
import type { BucketRule } from "./messages.ts";

/** Objects on disk have these member names: a change would need a migration. */
export interface PersistedFloor {
  readonly rule: BucketRule;
  /** Micro-tokens at `at`. The level refills as the bucket's does. */
  readonly level: number;
  readonly at: number;
  /** How far below the bucket the floor was set, in whole tokens. */
  readonly depth: number;
  /** Until then the floor rises no higher than `depth` below the capacity. */
  readonly heldUntil: number;
  /** At least the leased whole tokens, and when the last lease expires. */
  readonly lent: number;
  readonly lentUntil: number;
}

/** The floor is this fraction of the capacity below the bucket; in a burst twice as far each time, up to a quarter. */
const FRACTION = 16;
const BURST_FRACTION = 4;

/** A floor that lasted for a shorter time was set in a burst. */
const BURST_MS = 1000;

/** How long a floor stays below the capacity. The platform evicts no object sooner after its last call. */
const HOLD_MS = 8000;

/** After this time without a call an object may be evicted, and the difference between floor and bucket is lost. */
const EVICTED_AFTER_MS = 10_000;

/** How long a floor covers leases beyond the current ones. */
const LEASE_MARGIN_MS = 5000;

/** The largest difference between the clocks of two machines. */
const CLOCK_SKEW_MS = 5000;

/** Whether the bucket stays above the floor if no further call arrives. */
export function isAboveFloor(floor: PersistedFloor | undefined, bucket: Bucket, rule: BucketRule): boolean {
  if (floor === undefined || floor.rule.capacity !== rule.capacity) return false;
  if (floor.rule.refillPerSecond !== rule.refillPerSecond) return false;
  if (highestLevel(floor, bucket.at) > bucket.level) return false;
  return bucket.leased === 0 || (floor.lent >= bucket.leased && floor.lentUntil >= lastExpiry(bucket));
}

/** A new floor below the bucket, which replaces `former`. */
export function createFloor(bucket: Bucket, rule: BucketRule, former?: PersistedFloor): PersistedFloor {
  const part = Math.ceil(rule.capacity / FRACTION);
  const isBurst = former !== undefined && bucket.at - former.at < BURST_MS && former.depth > 0;
  const depth = isBurst ? Math.max(part, Math.min(2 * former.depth, Math.ceil(rule.capacity / BURST_FRACTION))) : part;
  return {
    rule,
    level: bucket.level - depth * MICRO,
    at: bucket.at,
    depth,
    heldUntil: bucket.at + HOLD_MS,
    lent: bucket.leased === 0 ? 0 : Math.min(rule.capacity, bucket.leased + depth),
    lentUntil: bucket.leased === 0 ? bucket.at : lastExpiry(bucket) + LEASE_MARGIN_MS,
  };
}

/** A floor that equals the bucket, to be written when calls have stopped. */
export function createTightFloor(bucket: Bucket, rule: BucketRule): PersistedFloor {
  const { level, at, leased } = bucket;
  return { rule, level, at, depth: 0, heldUntil: at, lent: leased, lentUntil: lastExpiry(bucket) };
}

/** Whether the floor will equal the bucket by the time of a possible eviction, if no further call arrives. */
export function isTightFloor(floor: PersistedFloor, bucket: Bucket, rule: BucketRule): boolean {
  const evictedAt = bucket.at + EVICTED_AFTER_MS;
  const restored = advanceBucket(restoreBucket(floor, evictedAt, 0), rule, evictedAt);
  const expected = advanceBucket(bucket, rule, evictedAt);
  return expected.level - restored.level < MICRO && restored.leased <= bucket.leased;
}

/**
 * The bucket restored from its floor. Leases count for their full remaining time from `now` on, because another
 * machine's clock may have set their expiry. A lease that has ended by any clock does not count. `nextLeaseId` must
 * never have been used.
 */
export function restoreBucket(floor: PersistedFloor, now: number, nextLeaseId: number): Bucket {
  const { at, lentUntil } = floor;
  const expiresAt = now >= lentUntil + CLOCK_SKEW_MS ? lentUntil : Math.max(now, at) + (lentUntil - at);
  return raisedBucket(floor, now, expiresAt, nextLeaseId);
}

/** The highest level of a restored bucket at `time`: its leases expire no later than the floor's. */
function highestLevel(floor: PersistedFloor, time: number): number {
  return advanceBucket(raisedBucket(floor, time, floor.lentUntil, 0), floor.rule, time).level;
}

/** The floor as a bucket at the end of its hold, or at `time` if that is earlier. */
function raisedBucket(
  { rule, level, at, depth, heldUntil, lent }: PersistedFloor,
  time: number,
  expiresAt: number,
  nextLeaseId: number,
): Bucket {
  const leases = lent === 0 ? [] : [{ id: nextLeaseId, amount: lent, expiresAt }];
  const bucket: Bucket = { level, at, leases, leased: lent, nextLeaseId: nextLeaseId + 1 };
  if (!(heldUntil > at && time > at)) return bucket;
  const held = advanceBucket(bucket, rule, Math.min(time, heldUntil));
  return { ...held, level: Math.min(held.level, (rule.capacity - depth) * MICRO) };
}

function lastExpiry({ leases, at }: Bucket): number {
  return leases.at(-1)?.expiresAt ?? at;
}

/** Milliseconds after `floor.at` from which a bucket with this floor equals a new one, if no tokens are taken. */
export function msUntilFull(floor: PersistedFloor): number {
  const { rule, at, lentUntil } = floor;
  const refillMs = waitMsFor(restoreBucket(floor, at, 0), rule, at, rule.capacity);
  return HOLD_MS + refillMs + (lentUntil - at) + CLOCK_SKEW_MS;
}
