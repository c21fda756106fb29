/**
 * What one isolate knows of one bucket: its leases, the last refusal, and the last level it received. After a refusal
 * the isolate does not ask the bucket again before its time, and repeated requests do not prolong the wait. Pure: `now`
 * is the isolate's clock in epoch milliseconds.
 */
import { MICRO, msToRefill, refillPerMs } from "../bucket/bucket.ts";
import { addDemand, type Demand, NO_DEMAND, steadyPerSecond, sustainedPerSecond } from "../bucket/demand.ts";
import {
  addLease,
  advanceLeases,
  type HeldLeases,
  NO_LEASES,
  reportLeases,
  restoreTokens,
  returnLeases,
  spendTokens,
  usableTokens,
} from "../bucket/held-leases.ts";
import type { BucketRule, LeaseRequest, LeaseResponse } from "../bucket/messages.ts";
import { REMEMBERED_MS } from "./account.ts";

export interface IsolateBucket {
  readonly leases: HeldLeases;
  readonly demand: Demand;
  /** Refused requests. */
  readonly refusals: Demand;
  readonly refusal: Refusal | undefined;
  readonly known: KnownLevel | undefined;
}

interface Refusal {
  /** A request that costs as much or more is refused as well. */
  readonly cost: number;
  readonly readyAt: number;
  /** From then on the bucket is asked again, because other isolates may have returned tokens. */
  readonly rememberedUntil: number;
}

interface KnownLevel {
  /** Micro-tokens at `at`, including the leases of this isolate. */
  readonly level: number;
  readonly at: number;
  /** The bucket could not grant everything that was requested. */
  readonly isScarce: boolean;
}

export type Decision =
  | { readonly kind: "spent"; readonly bucket: IsolateBucket }
  | { readonly kind: "refused"; readonly waitMs: number }
  | { readonly kind: "call" };

export const NEW_ISOLATE_BUCKET: IsolateBucket = {
  leases: NO_LEASES,
  demand: NO_DEMAND,
  refusals: NO_DEMAND,
  refusal: undefined,
  known: undefined,
};

/** How long an isolate may use a lease. */
export const LEASE_TTL_MS = 2000;

/**
 * A bucket that takes an hour or more to fill is a quota. From the second request within a minute on, an isolate leases
 * a thousandth of what is left, at most 16 tokens, even for a quiet client.
 */
const QUOTA_FILL_SECONDS = 3600;
const QUOTA_TTL_MS = 60_000;
const QUOTA_SHARE = 1000;
const QUOTA_LEASE_TOKENS = 16;

/** Below this demand an isolate leases nothing: every request goes to the bucket, which counts it exactly. */
const QUIET_PER_SECOND = 5;

/**
 * A flood: at least this many refusals a second, and as many as the bucket refills, for more than a whole second. Then
 * the isolate calls the bucket four times a second instead of once for each token.
 */
const FLOOD_PER_SECOND = 20;
const FLOOD_PAUSE_MS = 250;

/** The bucket at `now`. If the clock stepped back, everything measured by it is forgotten. */
export function advanceIsolateBucket(bucket: IsolateBucket, now: number): IsolateBucket {
  const leases = advanceLeases(bucket.leases, now);
  return now >= bucket.leases.seenAt ? { ...bucket, leases } : { ...NEW_ISOLATE_BUCKET, leases };
}

/** Counts requested tokens, whether or not they are granted. */
export function recordDemand(bucket: IsolateBucket, now: number, cost: number): IsolateBucket {
  return { ...bucket, demand: addDemand(bucket.demand, now, cost) };
}

export function recordRefusal(bucket: IsolateBucket, now: number): IsolateBucket {
  return { ...bucket, refusals: addDemand(bucket.refusals, now, 1) };
}

/** Spends leased tokens, refuses by a remembered refusal, or requires a call. Call `advanceIsolateBucket` first. */
export function decideLocally(bucket: IsolateBucket, rule: BucketRule, now: number, cost: number): Decision {
  const leases = spendTokens(bucket.leases, now, cost);
  if (leases !== undefined) {
    return { kind: "spent", bucket: { ...bucket, leases, known: reducedLevel(bucket, rule, now, cost) } };
  }
  const { refusal } = bucket;
  if (refusal === undefined || cost < refusal.cost || now >= refusal.rememberedUntil) return { kind: "call" };
  const readyAt = refusal.readyAt + msToRefill((cost - refusal.cost) * MICRO, refillPerMs(rule));
  return now < readyAt ? { kind: "refused", waitMs: readyAt - now } : { kind: "call" };
}

/** The request for waiting requests. It returns all leases of the isolate. */
export function createLeaseRequest(
  bucket: IsolateBucket,
  rule: BucketRule,
  now: number,
  costs: readonly number[],
  mayLease: boolean,
): { readonly bucket: IsolateBucket; readonly request: LeaseRequest } {
  const { leases, settlements } = returnLeases(bucket.leases);
  const leaseTokens = mayLease ? wantedTokens(bucket, rule, now) : 0;
  const request = { rule, costs, leaseTokens, ttlMs: leaseTtlMs(rule), settlements, callCount: 1 };
  return { bucket: { ...bucket, leases }, request };
}

/**
 * The request for a new lease before the current ones are used up. Undefined if no lease is needed, or the bucket would
 * refuse it.
 */
export function createRenewalRequest(
  bucket: IsolateBucket,
  rule: BucketRule,
  now: number,
): { readonly bucket: IsolateBucket; readonly request: LeaseRequest } | undefined {
  const leaseTokens = wantedTokens(bucket, rule, now);
  if (bucket.known?.isScarce !== false || usableTokens(bucket.leases, now) * 4 >= leaseTokens) return undefined;
  const { leases, settlements } = reportLeases(bucket.leases, now);
  const request = { rule, costs: [], leaseTokens, ttlMs: leaseTtlMs(rule), settlements, callCount: 1 };
  return { bucket: { ...bucket, leases }, request };
}

/** Applies the bucket's response. `requestedAt` and `receivedAt` are times of the isolate's clock. */
export function applyLeaseResponse(
  bucket: IsolateBucket,
  request: LeaseRequest,
  response: LeaseResponse,
  requestedAt: number,
  receivedAt: number,
): IsolateBucket {
  const { rule, leaseTokens } = request;
  const { lease, waitsMs } = response;
  const leases = lease === undefined ? bucket.leases : addLease(bucket.leases, lease, requestedAt, receivedAt);
  const level = Math.min(response.level + usableTokens(leases, receivedAt) * MICRO, rule.capacity * MICRO);
  const isScarce = (lease?.amount ?? 0) * 2 < leaseTokens || waitsMs.some((waitMs) => waitMs > 0);
  const known = { level, at: receivedAt, isScarce };
  return { ...bucket, leases, known, refusal: refusalIn(bucket, request, response, requestedAt, receivedAt) };
}

/** The refusal to remember: the cheapest refused cost, or one token if nothing is left. */
function refusalIn(
  bucket: IsolateBucket,
  { rule, costs }: LeaseRequest,
  { waitsMs, lease, level }: LeaseResponse,
  requestedAt: number,
  receivedAt: number,
): Refusal | undefined {
  const perMs = refillPerMs(rule);
  const refused = waitsMs
    .map((waitMs, index) => ({ cost: costs[index] ?? 0, waitMs }))
    .filter(({ waitMs }) => waitMs > 0);
  if (lease === undefined && level < MICRO) refused.push({ cost: 1, waitMs: msToRefill(MICRO - level, perMs) });
  const rememberedUntil = receivedAt + REMEMBERED_MS;
  const isFlood = steadyPerSecond(bucket.refusals, receivedAt) >= Math.max(FLOOD_PER_SECOND, rule.refillPerSecond);
  const [cheapest] = refused.sort((one, other) => one.cost - other.cost);
  // Short enough that a small bucket does not fill up in the pause.
  const pauseMs = Math.min(FLOOD_PAUSE_MS, Math.floor((rule.capacity * MICRO) / perMs / 2));
  if (isFlood && level < 2 * pauseMs * perMs) {
    const readyAt = receivedAt + (cheapest?.waitMs ?? 0);
    return { cost: cheapest?.cost ?? 1, readyAt: Math.max(readyAt, requestedAt + pauseMs), rememberedUntil };
  }
  return cheapest && { cost: cheapest.cost, readyAt: receivedAt + cheapest.waitMs, rememberedUntil };
}

/** Gives tokens back: to a lease if possible (`isLocal`), otherwise the caller has to give them back to the object. */
export function giveBackToIsolate(
  former: IsolateBucket,
  rule: BucketRule,
  now: number,
  cost: number,
): { readonly bucket: IsolateBucket; readonly isLocal: boolean } {
  const bucket = advanceIsolateBucket(former, now);
  const known = reducedLevel(bucket, rule, now, -cost);
  const leases = restoreTokens(bucket.leases, now, cost);
  if (leases !== undefined) return { bucket: { ...bucket, leases, known }, isLocal: true };
  return { bucket: { ...bucket, known, refusal: undefined }, isLocal: false };
}

/** Micro-tokens left, estimated from what the isolate knows. */
export function estimateLevel({ known }: IsolateBucket, rule: BucketRule, now: number): number {
  const full = rule.capacity * MICRO;
  if (known === undefined) return full;
  return Math.min(full, known.level + Math.floor(Math.max(0, now - known.at) * refillPerMs(rule)));
}

/** Records the level that the bucket's object reported, in micro-tokens without leased ones. */
export function recordLevel(former: IsolateBucket, rule: BucketRule, now: number, reported: number): IsolateBucket {
  const bucket = advanceIsolateBucket(former, now);
  const level = Math.min(reported + usableTokens(bucket.leases, now) * MICRO, rule.capacity * MICRO);
  return { ...bucket, known: { level, at: now, isScarce: bucket.known?.isScarce ?? false } };
}

function reducedLevel(bucket: IsolateBucket, rule: BucketRule, now: number, cost: number): KnownLevel | undefined {
  if (bucket.known === undefined) return undefined;
  const level = Math.min(estimateLevel(bucket, rule, now) - cost * MICRO, rule.capacity * MICRO);
  return { ...bucket.known, level, at: Math.max(now, bucket.known.at) };
}

function wantedTokens(bucket: IsolateBucket, rule: BucketRule, now: number): number {
  const perSecond = sustainedPerSecond(bucket.demand, now);
  const least = quotaTokens(bucket, rule, now);
  if (perSecond < QUIET_PER_SECOND) return least;
  // When little is left, tokens that one isolate holds are refused to another.
  const seconds = estimateLevel(bucket, rule, now) * 2 < rule.capacity * MICRO ? 0.5 : 1;
  return Math.min(Math.max(least, Math.ceil(perSecond * seconds)), rule.capacity);
}

function quotaTokens(bucket: IsolateBucket, rule: BucketRule, now: number): number {
  const isRecent = bucket.known !== undefined && now - bucket.known.at < QUOTA_TTL_MS;
  if (!isQuota(rule) || !isRecent) return 0;
  return Math.min(QUOTA_LEASE_TOKENS, Math.floor(estimateLevel(bucket, rule, now) / MICRO / QUOTA_SHARE));
}

function leaseTtlMs(rule: BucketRule): number {
  return isQuota(rule) ? QUOTA_TTL_MS : LEASE_TTL_MS;
}

function isQuota({ capacity, refillPerSecond }: BucketRule): boolean {
  return capacity / refillPerSecond >= QUOTA_FILL_SECONDS;
}
