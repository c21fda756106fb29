/**
 * What one isolate knows of one bucket: the loans it holds, the last refusal, and how much there was when it last
 * heard. Guarantees that a refusal is not asked for again before its time, and that hearing it again makes it no
 * longer. No I/O and no clock: `now` is passed in, in epoch milliseconds of the isolate.
 */
import { MICRO, perMsOf, timeToEarn } from "./bucket.ts";
import { addDemand, type Demand, NO_DEMAND, steadyPerSecond, sustainedPerSecond } from "./demand.ts";
import type { Answer, Ask, BucketRule } from "./lender.ts";
import { add, closeAll, EMPTY_PURSE, look, type Purse, spend, tell, unspend, usable } from "./loans.ts";

export interface Wallet {
  readonly purse: Purse;
  readonly demand: Demand;
  /** Requests that were refused. */
  readonly refused: Demand;
  readonly refusal: Refusal | undefined;
  readonly heard: Heard | undefined;
}

interface Refusal {
  /** Whatever costs as much or more has to wait, too. */
  readonly cost: number;
  readonly readyAt: number;
  /** From then on it is asked for again: others may have given something back. */
  readonly believedUntil: number;
}

interface Heard {
  /** Micro-tokens at `at`, the loans that are held here included. */
  readonly level: number;
  readonly at: number;
  /** The bucket had not all that was asked for. */
  readonly isScarce: boolean;
}

/** What is to be done about a request. */
export type Decision =
  | { readonly kind: "spent"; readonly wallet: Wallet }
  | { readonly kind: "refused"; readonly waitMs: number }
  | { readonly kind: "ask" };

export const EMPTY_WALLET: Wallet = {
  purse: EMPTY_PURSE,
  demand: NO_DEMAND,
  refused: NO_DEMAND,
  refusal: undefined,
  heard: undefined,
};

/** How long a loan may be used. */
export const LIFE_MS = 2000;

/**
 * What takes an hour or more to fill is a quota: a few tokens of it, and a minute, are nothing to it. So whoever comes a
 * second time within that minute is lent some, however quiet it is: a thousandth of what is left, and few enough that
 * a client whose isolates come and go does not feel what they take along.
 */
const QUOTA_FILL_SECONDS = 3600;
const QUOTA_LIFE_MS = 60_000;
const QUOTA_SHARE = 1000;
const QUOTA_AHEAD = 16;

/** How long a refusal is believed without asking again. */
const BELIEVED_MS = 1000;

/** Who asks for fewer tokens in a second is lent nothing: every request is taken to the bucket, and is exact. */
const QUIET_PER_SECOND = 5;

/**
 * While that many are refused each second, and as many as the bucket gains, through more than a whole second, the bucket
 * is asked four times a second and not for every token: those who wait are told so.
 */
const FLOOD_PER_SECOND = 20;
const FLOOD_PAUSE_MS = 250;

/** The wallet at `now`. A clock that steps back makes it forget what it measured by it. */
export function wake(wallet: Wallet, now: number): Wallet {
  if (now >= wallet.purse.seenAt) return { ...wallet, purse: look(wallet.purse, now) };
  return { ...EMPTY_WALLET, purse: look(wallet.purse, now) };
}

/** Counts what is asked for, whether or not it will be had. */
export function noteDemand(wallet: Wallet, now: number, cost: number): Wallet {
  return { ...wallet, demand: addDemand(wallet.demand, now, cost) };
}

/** Counts a refusal. */
export function noteRefused(wallet: Wallet, now: number): Wallet {
  return { ...wallet, refused: addDemand(wallet.refused, now, 1) };
}

/** Spends from the loans, refuses by what is known, or says that the bucket has to be asked. Call `wake` before. */
export function decide(wallet: Wallet, rule: BucketRule, now: number, cost: number): Decision {
  const purse = spend(wallet.purse, now, cost);
  if (purse !== undefined) return { kind: "spent", wallet: { ...wallet, purse, heard: less(wallet, rule, now, cost) } };
  const { refusal } = wallet;
  if (refusal === undefined || cost < refusal.cost || now >= refusal.believedUntil) return { kind: "ask" };
  const due = refusal.readyAt + timeToEarn((cost - refusal.cost) * MICRO, perMsOf(rule));
  return now < due ? { kind: "refused", waitMs: due - now } : { kind: "ask" };
}

/** The ask for requests that wait. Everything that is held is handed back with it. */
export function askFor(
  wallet: Wallet,
  rule: BucketRule,
  now: number,
  costs: readonly number[],
  mayBorrow: boolean,
): { readonly wallet: Wallet; readonly ask: Ask } {
  const { purse, settlements } = closeAll(wallet.purse);
  const ahead = mayBorrow ? wanted(wallet, rule, now) : 0;
  return { wallet: { ...wallet, purse }, ask: { rule, costs, ahead, lifeMs: lifeOf(rule), settlements, standsFor: 1 } };
}

/** The ask for more before the loans are used up, or undefined while there is enough, or nothing to be had. */
export function askAhead(
  wallet: Wallet,
  rule: BucketRule,
  now: number,
): { readonly wallet: Wallet; readonly ask: Ask } | undefined {
  const ahead = wanted(wallet, rule, now);
  if (wallet.heard?.isScarce !== false || usable(wallet.purse, now) * 4 >= ahead) return undefined;
  const { purse, settlements } = tell(wallet.purse, now);
  return {
    wallet: { ...wallet, purse },
    ask: { rule, costs: [], ahead, lifeMs: lifeOf(rule), settlements, standsFor: 1 },
  };
}

/** Learns from an answer. The times are before the ask, and when the answer was there. */
export function hear(wallet: Wallet, ask: Ask, answer: Answer, askedAt: number, answeredAt: number): Wallet {
  const { rule, ahead } = ask;
  const purse = answer.loan === undefined ? wallet.purse : add(wallet.purse, answer.loan, askedAt, answeredAt);
  const level = Math.min(answer.level + usable(purse, answeredAt) * MICRO, rule.capacity * MICRO);
  const isScarce = (answer.loan?.amount ?? 0) * 2 < ahead || answer.waitsMs.some((waitMs) => waitMs > 0);
  const heard = { level, at: answeredAt, isScarce };
  return { ...wallet, purse, heard, refusal: refusalOf(wallet, ask, answer, askedAt, answeredAt) };
}

/** What the answer says of requests to come: that of the cheapest refused, or that there is nothing left. */
function refusalOf(
  wallet: Wallet,
  { rule, costs }: Ask,
  { waitsMs, loan, level }: Answer,
  askedAt: number,
  answeredAt: number,
): Refusal | undefined {
  const perMs = perMsOf(rule);
  const refused = waitsMs.map((waitMs, index) => ({ cost: costs[index] ?? 0, waitMs })).filter(waits);
  if (loan === undefined && level < MICRO) refused.push({ cost: 1, waitMs: timeToEarn(MICRO - level, perMs) });
  const believedUntil = answeredAt + BELIEVED_MS;
  const isFlood = steadyPerSecond(wallet.refused, answeredAt) >= Math.max(FLOOD_PER_SECOND, rule.refillPerSecond);
  const [cheapest] = refused.sort(cheaper);
  // Never so long that a small bucket would run over meanwhile.
  const pauseMs = Math.min(FLOOD_PAUSE_MS, Math.floor((rule.capacity * MICRO) / perMs / 2));
  if (isFlood && level < 2 * pauseMs * perMs) {
    const ready = answeredAt + (cheapest?.waitMs ?? 0);
    return { cost: cheapest?.cost ?? 1, readyAt: Math.max(ready, askedAt + pauseMs), believedUntil };
  }
  return cheapest && { cost: cheapest.cost, readyAt: answeredAt + cheapest.waitMs, believedUntil };
}

/** Puts back what a request spent of a loan, or undefined where that is no longer possible. */
export function putBack(wallet: Wallet, rule: BucketRule, now: number, cost: number): Wallet | undefined {
  const purse = unspend(wallet.purse, now, cost);
  return purse === undefined ? undefined : { ...wallet, purse, heard: less(wallet, rule, now, -cost) };
}

/** Micro-tokens that are left, as far as is known here. */
export function levelAt({ heard }: Wallet, rule: BucketRule, now: number): number {
  const full = rule.capacity * MICRO;
  if (heard === undefined) return full;
  return Math.min(full, heard.level + Math.floor(Math.max(0, now - heard.at) * perMsOf(rule)));
}

/** Learns what is left at the bucket, in micro-tokens without what is lent. */
export function noteLevel(wallet: Wallet, rule: BucketRule, now: number, level: number): Wallet {
  const mine = Math.min(level + usable(wallet.purse, now) * MICRO, rule.capacity * MICRO);
  return { ...wallet, heard: { level: mine, at: now, isScarce: wallet.heard?.isScarce ?? false } };
}

/** What was given back at the bucket is there again. */
export function noteGivenBack(wallet: Wallet, rule: BucketRule, now: number, cost: number): Wallet {
  return { ...wallet, heard: less(wallet, rule, now, -cost), refusal: undefined };
}

function less(wallet: Wallet, rule: BucketRule, now: number, cost: number): Heard | undefined {
  if (wallet.heard === undefined) return undefined;
  const level = Math.min(levelAt(wallet, rule, now) - cost * MICRO, rule.capacity * MICRO);
  return { ...wallet.heard, level, at: Math.max(now, wallet.heard.at) };
}

function wanted(wallet: Wallet, rule: BucketRule, now: number): number {
  const perSecond = sustainedPerSecond(wallet.demand, now);
  const least = leastWanted(wallet, rule, now);
  if (perSecond < QUIET_PER_SECOND) return least;
  // While there is little, what one isolate holds is what another is refused.
  const seconds = levelAt(wallet, rule, now) * 2 < rule.capacity * MICRO ? 0.5 : 1;
  return Math.min(Math.max(least, Math.ceil(perSecond * seconds)), rule.capacity);
}

function leastWanted(wallet: Wallet, rule: BucketRule, now: number): number {
  const isBack = wallet.heard !== undefined && now - wallet.heard.at < QUOTA_LIFE_MS;
  if (!isQuota(rule) || !isBack) return 0;
  return Math.min(QUOTA_AHEAD, Math.floor(levelAt(wallet, rule, now) / MICRO / QUOTA_SHARE));
}

function lifeOf(rule: BucketRule): number {
  return isQuota(rule) ? QUOTA_LIFE_MS : LIFE_MS;
}

function isQuota({ capacity, refillPerSecond }: BucketRule): boolean {
  return capacity / refillPerSecond >= QUOTA_FILL_SECONDS;
}

function waits({ waitMs }: { waitMs: number }): boolean {
  return waitMs > 0;
}

function cheaper(one: { cost: number }, other: { cost: number }): number {
  return one.cost - other.cost;
}
