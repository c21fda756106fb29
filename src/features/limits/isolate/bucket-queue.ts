/**
 * The queue of one isolate's requests to one bucket. Few calls are in progress at a time, and each carries several
 * waiting requests. A request waits at most OBJECT_TIMEOUT_MS. A failed call fails all requests that it carried.
 */
import type { BucketClient, BucketRule, LeaseRequest } from "../bucket/messages.ts";
import { type Connection, OBJECT_TIMEOUT_MS, type Outcome } from "./account.ts";
import {
  advanceIsolateBucket,
  applyLeaseResponse,
  createLeaseRequest,
  createRenewalRequest,
  decideLocally,
  type IsolateBucket,
  NEW_ISOLATE_BUCKET,
  recordDemand,
  recordRefusal,
} from "./isolate-bucket.ts";

export interface BucketQueue {
  bucket: IsolateBucket;
  waiting: readonly Waiting[];
  /** When each call in progress was sent. */
  calls: readonly number[];
  /** Until then no request waits for a bucket that did not respond. */
  unresponsiveUntil: number;
  /** Until then calls go to the location's object. */
  useLocationUntil: number;
}

interface Waiting {
  readonly cost: number;
  resolve(outcome: Outcome): void;
}

/** A bucket, its rule, and how it is reached. */
interface Target {
  readonly rule: BucketRule;
  readonly mayLease: boolean;
  readonly connection: Connection<BucketClient>;
}

/** How long a bucket counts as hot after it reported so. */
const HOT_MS = 10_000;
const UNRESPONSIVE_MS = 1000;
/** Calls in progress at a time to a bucket that grants no lease. */
const MAX_CALLS = 16;
/** Requests that one call carries. */
const MAX_COSTS = 1000;

export function createBucketQueue(): BucketQueue {
  return {
    bucket: NEW_ISOLATE_BUCKET,
    waiting: [],
    calls: [],
    unresponsiveUntil: Number.NEGATIVE_INFINITY,
    useLocationUntil: Number.NEGATIVE_INFINITY,
  };
}

/** Takes `cost` whole tokens, and calls the bucket if the isolate cannot decide. Never rejects. */
export async function takeThroughQueue(queue: BucketQueue, target: Target, cost: number): Promise<Outcome> {
  const { rule, mayLease, connection } = target;
  const now = connection.now();
  queue.bucket = recordDemand(advanceIsolateBucket(queue.bucket, now), now, cost);
  const decision = decideLocally(queue.bucket, rule, now, cost);
  if (decision.kind === "refused") {
    queue.bucket = recordRefusal(queue.bucket, now);
    return { kind: "refused", waitMs: decision.waitMs, by: "remembered" };
  }
  if (decision.kind === "spent") {
    queue.bucket = decision.bucket;
    if (mayLease && canCall(queue, now, 1)) renewLease(queue, target);
    return { kind: "taken", from: "lease" };
  }
  if (isWithin(now, queue.unresponsiveUntil, UNRESPONSIVE_MS)) return { kind: "failed" };
  return enqueue(queue, target, cost);
}

function enqueue(queue: BucketQueue, target: Target, cost: number): Promise<Outcome> {
  const { mayLease, connection } = target;
  return new Promise((resolve) => {
    let isResolved = false;
    const entry: Waiting = {
      cost,
      resolve(outcome) {
        isResolved = true;
        clearTimeout(timer);
        resolve(outcome);
      },
    };
    const timer = setTimeout(() => {
      // Another request may have resolved this one, and it cannot clear this request's timers.
      if (isResolved) return;
      queue.waiting = queue.waiting.filter((other) => other !== entry);
      queue.unresponsiveUntil = connection.now() + UNRESPONSIVE_MS;
      resolve({ kind: "failed" });
    }, OBJECT_TIMEOUT_MS);
    queue.waiting = [...queue.waiting, entry];
    // Parallel calls are faster, but requests share one call to a bucket that leases or is scarce.
    const maxCalls = mayLease || queue.bucket.known?.isScarce === true ? 1 : MAX_CALLS;
    if (canCall(queue, connection.now(), maxCalls)) connection.defer(sendWaiting(queue, target));
  });
}

/** Sends calls until no request waits. */
async function sendWaiting(queue: BucketQueue, target: Target): Promise<void> {
  const { rule, mayLease, connection } = target;
  while (queue.waiting.length > 0) {
    const entries = queue.waiting.slice(0, MAX_COSTS);
    queue.waiting = queue.waiting.slice(MAX_COSTS);
    const now = connection.now();
    const costs = entries.map(({ cost }) => cost);
    const prepared = createLeaseRequest(advanceIsolateBucket(queue.bucket, now), rule, now, costs, mayLease);
    queue.bucket = prepared.bucket;
    const waitsMs = await sendRequest(queue, prepared.request, connection);
    for (const [index, entry] of entries.entries()) {
      entry.resolve(
        waitsMs === undefined ? { kind: "failed" } : outcomeOf(queue, target, entry.cost, waitsMs[index] ?? 0),
      );
    }
  }
}

function renewLease(queue: BucketQueue, target: Target): void {
  const { rule, connection } = target;
  const prepared = createRenewalRequest(queue.bucket, rule, connection.now());
  if (prepared === undefined) return;
  queue.bucket = prepared.bucket;
  const renewal = sendRequest(queue, prepared.request, connection);
  connection.defer(renewal.then(() => sendWaiting(queue, target)));
}

/** The wait for each cost of the request. Undefined if the bucket did not respond. */
async function sendRequest(
  queue: BucketQueue,
  request: LeaseRequest,
  connection: Connection<BucketClient>,
): Promise<readonly number[] | undefined> {
  const requestedAt = connection.now();
  queue.calls = [...queue.calls, requestedAt];
  try {
    const client = connection.client(isWithin(requestedAt, queue.useLocationUntil, HOT_MS));
    const response = await client.requestLease(request);
    const receivedAt = connection.now();
    queue.bucket = applyLeaseResponse(queue.bucket, request, response, requestedAt, receivedAt);
    if (response.isHot) queue.useLocationUntil = receivedAt + HOT_MS;
    return response.waitsMs;
  } catch {
    return undefined;
  } finally {
    queue.calls = queue.calls.toSpliced(queue.calls.indexOf(requestedAt), 1);
  }
}

/** Whether fewer than `max` calls are in progress. A call can end silently with its request, so old ones do not count. */
function canCall(queue: BucketQueue, now: number, max: number): boolean {
  return queue.calls.filter((requestedAt) => Math.abs(now - requestedAt) < OBJECT_TIMEOUT_MS).length < max;
}

/** Whether `until` is at most `ms` ahead. A time further ahead was set before the clock stepped back. */
function isWithin(now: number, until: number, ms: number): boolean {
  return now < until && until - now <= ms;
}

/**
 * The outcome for a cost. A refusal has the wait that the isolate now remembers, so a repeated request gets the same
 * wait.
 */
function outcomeOf(queue: BucketQueue, { rule, connection }: Target, cost: number, waitMs: number): Outcome {
  if (waitMs === 0) return { kind: "taken", from: "object" };
  const now = connection.now();
  queue.bucket = recordRefusal(queue.bucket, now);
  const decision = decideLocally(queue.bucket, rule, now, cost);
  return { kind: "refused", waitMs: decision.kind === "refused" ? decision.waitMs : waitMs, by: "object" };
}
