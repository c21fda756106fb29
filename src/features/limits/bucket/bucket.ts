/**
 * The token bucket and its leases. Over any `s` seconds of its clock, at most `capacity + refillPerSecond * s` tokens
 * are taken from both together. A refusal changes nothing, and a clock that steps back adds nothing. Pure: `now` is an
 * argument in epoch milliseconds; amounts are integers of micro-tokens, always rounded down.
 *
 * Invariants: `level >= 0` and `level + leased <= capacity`. A lease counts in full until it is settled or expires. The
 * tokens of an expired lease are lost, because the bucket cannot know whether they were spent.
 */
import type { BucketRule, Lease, LeaseRequest, LeaseResponse, Settlement } from "./messages.ts";

/** Micro-tokens in a token. */
export const MICRO = 1_000_000;

/** The bucket counts a lease this many times longer than its holder may use it, to allow for clock errors. */
export const HOLD_FACTOR = 2;

export interface Bucket {
  /** Micro-tokens at `at`, without leased ones. Negative only in a bucket restored from persisted-floor.ts. */
  readonly level: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** In order of expiry, the earliest first. */
  readonly leases: readonly OpenLease[];
  /** The sum of the leases' amounts, in whole tokens. */
  readonly leased: number;
  /** The id of the next lease. A bucket that has lost its leases must start with an id that was never used. */
  readonly nextLeaseId: number;
}

export interface OpenLease {
  readonly id: number;
  /** Whole tokens that are not settled yet. */
  readonly amount: number;
  /** Epoch milliseconds from which the lease no longer counts. */
  readonly expiresAt: number;
}

export function createFullBucket({ capacity }: BucketRule, now: number, nextLeaseId: number): Bucket {
  return { level: capacity * MICRO, at: now, leases: [], leased: 0, nextLeaseId };
}

/** The bucket at `now`. If `now` is before the bucket's own time, the bucket is unchanged. */
export function advanceBucket(bucket: Bucket, rule: BucketRule, now: number): Bucket {
  let { level, at, leased } = bucket;
  let expired = 0;
  for (const { amount, expiresAt } of bucket.leases) {
    if (expiresAt > now) break;
    level = refilledLevel(level, rule, leased, expiresAt - at);
    at = Math.max(at, expiresAt);
    leased -= amount;
    expired += 1;
  }
  level = refilledLevel(level, rule, leased, now - at);
  const leases = expired === 0 ? bucket.leases : bucket.leases.slice(expired);
  return { ...bucket, level, at: Math.max(at, now), leases, leased };
}

/** Takes `cost` whole tokens, or takes none and returns the wait in milliseconds. */
export function takeTokens(
  bucket: Bucket,
  rule: BucketRule,
  now: number,
  cost: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const current = advanceBucket(bucket, rule, now);
  const left = current.level - cost * MICRO;
  if (left < 0 && cost > 0) return { bucket, waitMs: Math.max(1, waitMsFor(bucket, rule, now, cost)) };
  return { bucket: cost === 0 ? bucket : { ...current, level: left }, waitMs: 0 };
}

/** Leases up to `leaseTokens` whole tokens, but at most half of the level, so that other holders find some. */
export function grantLease(
  bucket: Bucket,
  rule: BucketRule,
  now: number,
  { leaseTokens, ttlMs }: Pick<LeaseRequest, "leaseTokens" | "ttlMs">,
): { readonly bucket: Bucket; readonly lease: Lease | undefined } {
  const current = advanceBucket(bucket, rule, now);
  const amount = Math.min(leaseTokens, Math.floor(current.level / MICRO / 2));
  if (amount < 1) return { bucket, lease: undefined };
  const id = current.nextLeaseId;
  const expiresAt = current.at + HOLD_FACTOR * ttlMs;
  return {
    bucket: {
      ...current,
      level: current.level - amount * MICRO,
      leases: insertByExpiry(current.leases, { id, amount, expiresAt }),
      leased: current.leased + amount,
      nextLeaseId: id + 1,
    },
    lease: { id, amount, ttlMs },
  };
}

/** Closes leases, or parts of them. Ignores settlements of unknown or expired leases, and those beyond the amount. */
export function settleLeases(
  bucket: Bucket,
  rule: BucketRule,
  now: number,
  settlements: readonly Settlement[],
): Bucket {
  if (settlements.length === 0) return bucket;
  const current = advanceBucket(bucket, rule, now);
  let { level, leased } = current;
  const leases = [...current.leases];
  for (const { leaseId, spent, unused } of settlements) {
    const index = leases.findIndex(({ id }) => id === leaseId);
    const lease = leases[index];
    if (lease === undefined || spent < 0 || unused < 0 || spent + unused > lease.amount) continue;
    const amount = lease.amount - spent - unused;
    if (amount === 0) leases.splice(index, 1);
    else leases[index] = { ...lease, amount };
    level += unused * MICRO;
    leased -= spent + unused;
  }
  return { ...current, level, leases, leased };
}

/** Settles leases, takes the cost of each waiting request, and grants a lease. */
export function handleLeaseRequest(
  bucket: Bucket,
  request: LeaseRequest,
  now: number,
): { readonly bucket: Bucket; readonly response: Omit<LeaseResponse, "isHot"> } {
  const { rule } = request;
  let next = settleLeases(bucket, rule, now, request.settlements);
  const refused: number[] = [];
  const waitsMs = request.costs.map((cost, index) => {
    const taken = takeTokens(next, rule, now, cost);
    next = taken.bucket;
    if (taken.waitMs > 0) refused.push(index);
    return taken.waitMs;
  });
  // A later, cheaper request may have taken tokens that an earlier refusal counted on.
  for (const index of refused) {
    waitsMs[index] = Math.max(1, waitMsFor(next, rule, now, request.costs[index] ?? 0));
  }
  const granted = grantLease(next, rule, now, request);
  return {
    bucket: granted.bucket,
    response: { waitsMs, lease: granted.lease, level: advanceBucket(granted.bucket, rule, now).level },
  };
}

/** Gives back whole tokens that were taken, as far as the capacity allows. */
export function giveBackTokens(bucket: Bucket, rule: BucketRule, now: number, tokens: number): Bucket {
  const current = advanceBucket(bucket, rule, now);
  return { ...current, level: Math.min(current.level + tokens * MICRO, (rule.capacity - current.leased) * MICRO) };
}

/** Milliseconds until `cost` whole tokens can be taken, if no other request takes any and no lease is returned. */
export function waitMsFor(bucket: Bucket, rule: BucketRule, now: number, cost: number): number {
  const wanted = cost * MICRO;
  const perMs = refillPerMs(rule);
  let { level, at, leased } = bucket;
  // The same steps as in advanceBucket, because each step rounds down.
  for (const { amount, expiresAt } of bucket.leases) {
    const hasRoom = wanted <= (rule.capacity - leased) * MICRO;
    if (hasRoom && at + msToRefill(wanted - level, perMs) <= expiresAt) break;
    level = refilledLevel(level, rule, leased, expiresAt - at);
    at = Math.max(at, expiresAt);
    leased -= amount;
  }
  // Counted from the bucket's own time, so that repeating the calculation does not round again.
  return Math.max(0, at + msToRefill(wanted - level, perMs) - Math.max(now, bucket.at));
}

/** The fewest whole milliseconds in which `deficit` micro-tokens are refilled. */
export function msToRefill(deficit: number, perMs: number): number {
  if (deficit <= 0) return 0;
  const time = Math.ceil(deficit / perMs);
  // The division may have rounded in either direction.
  if (Math.floor((time - 1) * perMs) >= deficit) return time - 1;
  return Math.floor(time * perMs) >= deficit ? time : time + 1;
}

/** Micro-tokens that a bucket gains in a millisecond. */
export function refillPerMs({ refillPerSecond }: BucketRule): number {
  return refillPerSecond * (MICRO / 1000);
}

function refilledLevel(level: number, rule: BucketRule, leased: number, elapsedMs: number): number {
  const earned = elapsedMs <= 0 ? 0 : Math.floor(elapsedMs * refillPerMs(rule));
  return Math.min(level + earned, (rule.capacity - leased) * MICRO);
}

function insertByExpiry(leases: readonly OpenLease[], lease: OpenLease): readonly OpenLease[] {
  const index = leases.findLastIndex(({ expiresAt }) => expiresAt <= lease.expiresAt);
  return leases.toSpliced(index + 1, 0, lease);
}
