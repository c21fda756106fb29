/**
 * The token bucket, with what it has lent. Guarantees that over any `s` seconds of its clock at most
 * `capacity + refillPerSecond * s` tokens are taken from it and from its loans together, that a refusal changes
 * nothing, and that a clock which steps back adds nothing. No I/O and no clock: `now` is passed in, in epoch
 * milliseconds. All amounts are integers of micro-tokens, and every rounding is down.
 *
 * What holds at any time: `level >= 0` and `level + lent <= capacity`. A loan counts in full until it is settled or held
 * no longer. Then its tokens are gone, since nobody knows whether they were spent.
 */
import type { Answer, Ask, BucketRule, Loan, Settlement } from "./lender.ts";

export const MICRO = 1_000_000;

/** A loan is held that many times as long as its borrower may use it: clocks may err by as much. */
export const HELD_TIMES = 2;

export interface Bucket {
  /** Micro-tokens at `at`, without those lent. Negative only after the line of line.ts. */
  readonly level: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** By `until`, the earliest first. */
  readonly loans: readonly OpenLoan[];
  /** The sum of the loans' amounts, in whole tokens. */
  readonly lent: number;
  /** The id of the next loan. A bucket that has forgotten its loans must begin with one that was never used. */
  readonly nextLoan: number;
}

export interface OpenLoan {
  readonly id: number;
  /** Whole tokens not settled yet. */
  readonly amount: number;
  /** Epoch milliseconds from which on it counts no longer. */
  readonly until: number;
}

/** A bucket that nobody has ever taken from. */
export function fullBucket({ capacity }: BucketRule, now: number, nextLoan: number): Bucket {
  return { level: capacity * MICRO, at: now, loans: [], lent: 0, nextLoan };
}

/** The bucket at `now`; at a `now` before its own time, the bucket as it is. */
export function advance(bucket: Bucket, rule: BucketRule, now: number): Bucket {
  let { level, at, lent } = bucket;
  let expired = 0;
  for (const { amount, until } of bucket.loans) {
    if (until > now) break;
    level = refilled(level, rule, lent, until - at);
    at = Math.max(at, until);
    lent -= amount;
    expired += 1;
  }
  level = refilled(level, rule, lent, now - at);
  const loans = expired === 0 ? bucket.loans : bucket.loans.slice(expired);
  return { ...bucket, level, at: Math.max(at, now), loans, lent };
}

/** Takes `cost` whole tokens, or none and says how long it will be. */
export function take(
  bucket: Bucket,
  rule: BucketRule,
  now: number,
  cost: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const current = advance(bucket, rule, now);
  const left = current.level - cost * MICRO;
  if (left < 0 && cost > 0) return { bucket, waitMs: Math.max(1, waitFor(bucket, rule, now, cost)) };
  return { bucket: cost === 0 ? bucket : { ...current, level: left }, waitMs: 0 };
}

/** Lends up to `ahead` whole tokens for `lifeMs`: of what is there at most half, so that others find some. */
export function lend(
  bucket: Bucket,
  rule: BucketRule,
  now: number,
  { ahead, lifeMs }: Pick<Ask, "ahead" | "lifeMs">,
): { readonly bucket: Bucket; readonly loan: Loan | undefined } {
  const current = advance(bucket, rule, now);
  const amount = Math.min(ahead, Math.floor(current.level / MICRO / 2));
  if (amount < 1) return { bucket, loan: undefined };
  const id = current.nextLoan;
  const until = current.at + HELD_TIMES * lifeMs;
  return {
    bucket: {
      ...current,
      level: current.level - amount * MICRO,
      loans: inOrder(current.loans, { id, amount, until }),
      lent: current.lent + amount,
      nextLoan: id + 1,
    },
    loan: { id, amount, lifeMs },
  };
}

/** Closes loans, or parts of them. What is said of a loan that is held no longer, or beyond its amount, is not heard. */
export function settle(bucket: Bucket, rule: BucketRule, now: number, settlements: readonly Settlement[]): Bucket {
  if (settlements.length === 0) return bucket;
  const current = advance(bucket, rule, now);
  let { level, lent } = current;
  const loans = [...current.loans];
  for (const { loan: id, spent, unused } of settlements) {
    const index = loans.findIndex((loan) => loan.id === id);
    const loan = loans[index];
    if (loan === undefined || spent < 0 || unused < 0 || spent + unused > loan.amount) continue;
    const amount = loan.amount - spent - unused;
    if (amount === 0) loans.splice(index, 1);
    else loans[index] = { ...loan, amount };
    level += unused * MICRO;
    lent -= spent + unused;
  }
  return { ...current, level, loans, lent };
}

/** Settles, takes what each waiting request costs, and lends. What is refused waits as if nothing had been lent then. */
export function answer(
  bucket: Bucket,
  ask: Ask,
  now: number,
): { readonly bucket: Bucket; readonly answer: Omit<Answer, "isHot"> } {
  const { rule } = ask;
  let next = settle(bucket, rule, now, ask.settlements);
  const refused: number[] = [];
  const waitsMs = ask.costs.map((cost, index) => {
    const taken = take(next, rule, now, cost);
    next = taken.bucket;
    if (taken.waitMs > 0) refused.push(index);
    return taken.waitMs;
  });
  // Later requests may have taken what an earlier, dearer one was still told to wait for.
  for (const index of refused) {
    waitsMs[index] = Math.max(1, waitFor(next, rule, now, ask.costs[index] ?? 0));
  }
  const lent = lend(next, rule, now, ask);
  return {
    bucket: lent.bucket,
    answer: { waitsMs, loan: lent.loan, level: advance(lent.bucket, rule, now).level },
  };
}

/** Gives back whole tokens that were taken, as far as there is room. */
export function giveBack(bucket: Bucket, rule: BucketRule, now: number, tokens: number): Bucket {
  const current = advance(bucket, rule, now);
  return { ...current, level: Math.min(current.level + tokens * MICRO, (rule.capacity - current.lent) * MICRO) };
}

/** Milliseconds until `cost` whole tokens can be taken, if nobody else takes any and no loan is handed back. */
export function waitFor(bucket: Bucket, rule: BucketRule, now: number, cost: number): number {
  const wanted = cost * MICRO;
  const perMs = perMsOf(rule);
  let { level, at, lent } = bucket;
  // In the same parts as `advance` goes, each rounded down.
  for (const { amount, until } of bucket.loans) {
    const hasRoom = wanted <= (rule.capacity - lent) * MICRO;
    if (hasRoom && at + timeToEarn(wanted - level, perMs) <= until) break;
    level = refilled(level, rule, lent, until - at);
    at = Math.max(at, until);
    lent -= amount;
  }
  // Counted from the bucket's own time, so that asking again in between rounds nothing anew.
  return Math.max(0, at + timeToEarn(wanted - level, perMs) - Math.max(now, bucket.at));
}

/** Whole milliseconds in which `deficit` micro-tokens come, and not one less. */
export function timeToEarn(deficit: number, perMs: number): number {
  if (deficit <= 0) return 0;
  const time = Math.ceil(deficit / perMs);
  // Division rounds, and may have done so in either direction.
  if (Math.floor((time - 1) * perMs) >= deficit) return time - 1;
  return Math.floor(time * perMs) >= deficit ? time : time + 1;
}

/** Micro-tokens that a bucket gains in a millisecond. */
export function perMsOf({ refillPerSecond }: BucketRule): number {
  return refillPerSecond * (MICRO / 1000);
}

function refilled(level: number, rule: BucketRule, lent: number, elapsedMs: number): number {
  const earned = elapsedMs <= 0 ? 0 : Math.floor(elapsedMs * perMsOf(rule));
  return Math.min(level + earned, (rule.capacity - lent) * MICRO);
}

function inOrder(loans: readonly OpenLoan[], loan: OpenLoan): readonly OpenLoan[] {
  const index = loans.findLastIndex(({ until }) => until <= loan.until);
  return loans.toSpliced(index + 1, 0, loan);
}
