/**
 * The second level for a hot key. A location's object leases tokens from the global bucket, and subleases them to its
 * isolates for no longer than its own leases last. So the global bucket's bound holds for all of them. It keeps nothing
 * on disk. Tokens that it forgets are lost to the client, and count as leased until they expire.
 */
import { MICRO, msToRefill, refillPerMs } from "../bucket/bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "../bucket/demand.ts";
import {
  addLease,
  type HeldLeases,
  NO_LEASES,
  reportLeases,
  settleSublease,
  spendTokens,
  subleaseTokens,
  usableTokens,
} from "../bucket/held-leases.ts";
import type { BucketClient, BucketRule, Lease, LeaseRequest, LeaseResponse, Settlement } from "../bucket/messages.ts";

/** How long a location may use a lease. Longer than an isolate, so that a sublease lasts long enough. */
const LEASE_TTL_MS = 4000;

/** How long the location accepts settlements of a sublease. */
const SUBLEASE_SETTLE_MS = 2 * LEASE_TTL_MS;

/** The pause between two calls to a scarce global bucket. */
const PAUSE_MS = 250;

/** How many calls to the global bucket one request may wait for. */
const MAX_TRIES = 8;

/** After this time a request does not wait for another call to the global bucket. */
const MAX_WAIT_MS = 500;

export interface LocationDependencies {
  /** Epoch milliseconds. */
  now(): number;
  readonly globalBucket: Pick<BucketClient, "requestLease">;
  /** Continues `work` after the response. */
  defer(work: Promise<unknown>): void;
}

export interface LocationBucket {
  /** Serves an isolate from the location's leases. Rejects if it waited for the global bucket and that call failed. */
  requestLease(request: LeaseRequest, dependencies: LocationDependencies): Promise<LeaseResponse>;
}

interface Sublease {
  /** The lease that it is part of. */
  readonly fromId: number;
  readonly amount: number;
  readonly settleUntil: number;
}

/** A location without leases. `firstLeaseId` and the ids after it must never have been used by this location. */
export function createLocationBucket(firstLeaseId: number): LocationBucket {
  const subleases = new Map<number, Sublease>();
  let leases: HeldLeases = NO_LEASES;
  let demand: Demand = NO_DEMAND;
  let nextLeaseId = firstLeaseId;
  /** Calls of isolates that were not reported to the global bucket. */
  let unreportedCalls = 0;
  let calledAt = Number.NEGATIVE_INFINITY;
  let call: Promise<void> | undefined;
  let isHot = true;
  let isScarce = false;
  /** Tokens that waiting requests need. */
  let waitingTokens = 0;
  let globalLevel = 0;

  function settle({ leaseId, spent, unused }: Settlement): void {
    const known = subleases.get(leaseId);
    if (known === undefined || spent < 0 || unused < 0 || spent + unused > known.amount) return;
    leases = settleSublease(leases, known.fromId, { spent, unused });
    const amount = known.amount - spent - unused;
    if (amount === 0) subleases.delete(leaseId);
    else subleases.set(leaseId, { ...known, amount });
  }

  function needsLease(rule: BucketRule, now: number, needed: number): boolean {
    if (call !== undefined || (isScarce && now >= calledAt && now - calledAt < PAUSE_MS)) return false;
    return usableTokens(leases, now) < Math.max(needed, wantedTokens(rule, now) / 2);
  }

  function wantedTokens(rule: BucketRule, now: number): number {
    // When little is left, tokens that one location holds are refused to another.
    const seconds = globalLevel * 2 < rule.capacity * MICRO ? 0.5 : 1;
    return Math.min(rule.capacity, Math.ceil(demandPerSecond(demand, now) * seconds));
  }

  async function callGlobalBucket(rule: BucketRule, { now, globalBucket }: LocationDependencies): Promise<void> {
    const requestedAt = now();
    calledAt = requestedAt;
    const report = reportLeases(leases, requestedAt);
    leases = report.leases;
    const leaseTokens = Math.min(rule.capacity, Math.max(1, waitingTokens, wantedTokens(rule, requestedAt)));
    const callCount = unreportedCalls;
    unreportedCalls = 0;
    const { settlements } = report;
    try {
      const response = await globalBucket.requestLease({
        rule,
        costs: [],
        leaseTokens,
        ttlMs: LEASE_TTL_MS,
        settlements,
        callCount,
      });
      if (response.lease !== undefined) leases = addLease(leases, response.lease, requestedAt, now());
      isHot = response.isHot;
      isScarce = (response.lease?.amount ?? 0) * 8 < leaseTokens || response.level < 2 * MICRO;
      globalLevel = response.level;
    } finally {
      call = undefined;
    }
  }

  function startCall(rule: BucketRule, dependencies: LocationDependencies): Promise<void> {
    call = callGlobalBucket(rule, dependencies);
    return call;
  }

  function sublease(leaseTokens: number, ttlMs: number, now: number): Lease | undefined {
    const half = Math.floor(usableTokens(leases, now) / 2);
    const part = subleaseTokens(leases, now, Math.min(leaseTokens, half), ttlMs);
    if (part === undefined) return undefined;
    const id = nextLeaseId;
    nextLeaseId += 1;
    leases = part.leases;
    subleases.set(id, { fromId: part.fromId, amount: part.lease.amount, settleUntil: now + SUBLEASE_SETTLE_MS });
    return { ...part.lease, id };
  }

  function waitMsFor(rule: BucketRule, cost: number, now: number): number {
    const sinceMs = Math.max(0, now - calledAt);
    // Adds one pause, so that refused clients come back after others have been served.
    const pauseMs = Math.max(1, PAUSE_MS - sinceMs) + PAUSE_MS;
    // The global bucket leases at most half of its level.
    const needed = Math.min(2 * (cost - usableTokens(leases, now)), rule.capacity);
    return Math.max(pauseMs, msToRefill(needed * MICRO - globalLevel, refillPerMs(rule)) - sinceMs);
  }

  function dropOldSubleases(now: number): void {
    for (const [id, { settleUntil }] of subleases) {
      // A time further ahead was set before the clock stepped back.
      if (settleUntil > now && settleUntil - now <= SUBLEASE_SETTLE_MS) break;
      subleases.delete(id);
    }
  }

  return {
    async requestLease({ rule, costs, leaseTokens, ttlMs, settlements, callCount }, dependencies) {
      const startedAt = dependencies.now();
      dropOldSubleases(startedAt);
      settlements.forEach(settle);
      unreportedCalls += callCount;
      const needed = costs.reduce((sum, cost) => sum + cost, 0);
      demand = addDemand(demand, startedAt, needed + settlements.reduce((sum, { spent }) => sum + spent, 0));
      waitingTokens += needed;
      try {
        for (let tries = 0; tries < MAX_TRIES && usableTokens(leases, dependencies.now()) < needed; tries += 1) {
          // A refusal must arrive well before the isolate's timeout. After the timeout the isolate admits requests
          // without the bucket.
          if (tries > 0 && (isScarce || dependencies.now() - startedAt >= MAX_WAIT_MS)) break;
          // A call in progress requested less than all waiting requests need together.
          if (needsLease(rule, dependencies.now(), waitingTokens)) await startCall(rule, dependencies);
          else if (call === undefined) break;
          else await call;
        }
      } finally {
        waitingTokens -= needed;
      }
      const now = dependencies.now();
      const taken = costs.map((cost) => {
        const spent = spendTokens(leases, now, cost);
        if (spent !== undefined) leases = spent;
        return spent !== undefined;
      });
      const lease = leaseTokens === 0 ? undefined : sublease(leaseTokens, ttlMs, now);
      if (needsLease(rule, now, 0)) dependencies.defer(startCall(rule, dependencies));
      return {
        waitsMs: taken.map((isTaken, index) => (isTaken ? 0 : waitMsFor(rule, costs[index] ?? 0, now))),
        lease,
        level: Math.max(0, globalLevel),
        isHot,
      };
    },
  };
}
