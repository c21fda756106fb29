/**
 * The messages between a holder of leases (an isolate, or a location) and the bucket that grants them. They are plain
 * data that can cross between processes. A lost response loses tokens for the client and never breaks the bound.
 */

export interface BucketRule {
  /** Whole tokens. */
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** The sender could not read the latest overrides. A bucket that knows another rule keeps that one. */
  readonly isAssumed?: boolean;
}

/** The rule that applies when `requested` arrives and `current` applied so far. A changed rule applies at once. */
export function effectiveRule(requested: BucketRule, current: BucketRule | undefined): BucketRule {
  if (requested.isAssumed !== true) return requested;
  const { capacity, refillPerSecond } = requested;
  return current ?? { capacity, refillPerSecond };
}

/** A report about one lease. A holder may report in parts. */
export interface Settlement {
  readonly leaseId: number;
  /** Whole tokens that were spent and not reported before. */
  readonly spent: number;
  /** Whole tokens that are returned. The sender no longer uses them. */
  readonly unused: number;
}

export interface LeaseRequest {
  readonly rule: BucketRule;
  /** The cost of each waiting request in whole tokens, in order of arrival. */
  readonly costs: readonly number[];
  /** Whole tokens to lease beyond the costs. 0: no lease. */
  readonly leaseTokens: number;
  /** How long the sender may use the lease, in milliseconds from before it sent this request. */
  readonly ttlMs: number;
  readonly settlements: readonly Settlement[];
  /** How many calls of isolates this request represents; 1 for an isolate's own call. */
  readonly callCount: number;
}

/** Tokens that the holder may use until its own clock is `ttlMs` past the moment before it sent the request. */
export interface Lease {
  readonly id: number;
  /** Whole tokens. */
  readonly amount: number;
  readonly ttlMs: number;
}

export interface LeaseResponse {
  /** For each cost: 0 if it was taken, otherwise the milliseconds until it can be. */
  readonly waitsMs: readonly number[];
  readonly lease: Lease | undefined;
  /** Micro-tokens left in the bucket, without leased ones. */
  readonly level: number;
  /** The bucket gets so many calls that isolates should call their location's object instead. */
  readonly isHot: boolean;
}

/** The remote side of a bucket. Each method rejects when the bucket cannot be reached. */
export interface BucketClient {
  requestLease(request: LeaseRequest): Promise<LeaseResponse>;
  /** Gives back whole tokens of requests that did not count after all. */
  giveBackTokens(rule: BucketRule, tokens: number): Promise<void>;
  /** Micro-tokens left. */
  readLevel(rule: BucketRule): Promise<number>;
}
