/**
 * A token bucket as one isolate accounts for it. While the object does not respond, a fallback bucket of the isolate's
 * own counts, so that a policy that fails open still has a limit.
 */
import { settledWithin } from "#core/data/within.ts";
import {
  advanceBucket,
  type Bucket,
  createFullBucket,
  MICRO,
  msToRefill,
  refillPerMs,
  takeTokens,
} from "../bucket/bucket.ts";
import type { BucketClient, BucketRule } from "../bucket/messages.ts";
import { type Account, type AccountState, type Connection, OBJECT_TIMEOUT_MS } from "./account.ts";
import { type BucketQueue, createBucketQueue, takeThroughQueue } from "./bucket-queue.ts";
import {
  advanceIsolateBucket,
  decideLocally,
  estimateLevel,
  giveBackToIsolate,
  recordDemand,
  recordLevel,
  recordRefusal,
} from "./isolate-bucket.ts";

/** What an isolate keeps of one bucket between requests. */
export interface BucketMemory {
  readonly queue: BucketQueue;
  fallback: Bucket | undefined;
}

export function createBucketMemory(): BucketMemory {
  return { queue: createBucketQueue(), fallback: undefined };
}

export function openBucketAccount(
  memory: BucketMemory,
  rule: BucketRule,
  mayLease: boolean,
  connection: Connection<BucketClient>,
): Account {
  const { queue } = memory;

  function takeFromFallback(cost: number, now: number): { readonly waitMs: number; readonly state: AccountState } {
    const fallback = memory.fallback ?? {
      ...createFullBucket(rule, now, 0),
      level: estimateLevel(queue.bucket, rule, now),
    };
    const taken = takeTokens(fallback, rule, now, cost);
    memory.fallback = taken.bucket;
    return { waitMs: taken.waitMs, state: stateAt(advanceBucket(taken.bucket, rule, now).level, rule, now) };
  }

  return {
    knownRefusal(cost) {
      const now = connection.now();
      queue.bucket = advanceIsolateBucket(queue.bucket, now);
      const decision = decideLocally(queue.bucket, rule, now, cost);
      if (decision.kind !== "refused") return undefined;
      // Refused requests count as demand: they distinguish a flood from a client that came too early.
      queue.bucket = recordRefusal(recordDemand(queue.bucket, now, cost), now);
      return { kind: "refused", waitMs: decision.waitMs, by: "remembered" };
    },

    async take(cost) {
      const outcome = await takeThroughQueue(queue, { rule, mayLease, connection }, cost);
      if (outcome.kind === "failed") return { kind: "failed", alone: takeFromFallback(cost, connection.now()) };
      if ((outcome.kind === "taken" ? outcome.from : outcome.by) === "object") memory.fallback = undefined;
      return outcome;
    },

    giveBack(cost) {
      const given = giveBackToIsolate(queue.bucket, rule, connection.now(), cost);
      queue.bucket = given.bucket;
      if (given.isLocal || cost === 0) return;
      connection.defer(settledWithin(connection.client(false).giveBackTokens(rule, cost), OBJECT_TIMEOUT_MS));
    },

    async refresh() {
      const level = await settledWithin(connection.client(false).readLevel(rule), OBJECT_TIMEOUT_MS);
      if (level !== undefined) queue.bucket = recordLevel(queue.bucket, rule, connection.now(), level);
      return level !== undefined;
    },

    state() {
      const now = connection.now();
      return stateAt(estimateLevel(queue.bucket, rule, now), rule, now);
    },
  };
}

function stateAt(level: number, rule: BucketRule, now: number): AccountState {
  return {
    remaining: Math.max(0, Math.floor(level / MICRO)),
    resetMs: now + msToRefill(rule.capacity * MICRO - level, refillPerMs(rule)),
  };
}
