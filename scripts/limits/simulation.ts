/**
 * One key and many isolates: the cores of src/features/limits with simulated time, distances and clients. Every run has
 * the same figures.
 */
import { type Bucket, createFullBucket, handleLeaseRequest } from "#features/limits/bucket/bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "#features/limits/bucket/demand.ts";
import type { BucketRule, LeaseRequest, LeaseResponse } from "#features/limits/bucket/messages.ts";
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
} from "#features/limits/isolate/isolate-bucket.ts";
import { createLocationBucket, type LocationBucket } from "#features/limits/object/location-bucket.ts";
import { createAgenda } from "./agenda.ts";
import { seededRandom } from "./random.ts";

export interface Scenario {
  readonly name: string;
  readonly rule: BucketRule;
  readonly isolates: number;
  readonly locations: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** The time in which isolates start, one after another. The requests grow with them. */
  readonly rampSeconds: number;
}

/** The counts of one second. */
export interface Second {
  requests: number;
  admitted: number;
  /** By one exact bucket that responds to each request at once. */
  admittedExactly: number;
  refused: number;
  globalCalls: number;
  /** To the location with the most calls. */
  locationCalls: number;
}

export interface Result {
  readonly scenario: Scenario;
  readonly seconds: readonly Second[];
  /** The lowest level of an ideal bucket in tokens. It is negative if the bound was broken. */
  readonly lowest: number;
  /** Until a request was admitted or refused. The limiter itself stops waiting after 2,000. */
  readonly longestWaitMs: number;
}

interface Isolate {
  bucket: IsolateBucket;
  readonly location: number;
  readonly perMs: number;
  /** When each waiting request arrived. */
  waiting: readonly number[];
  isCalling: boolean;
  useLocationUntil: number;
}

const START = 1_800_000_000_000;
const HOT_PER_SECOND = 500;
const HOT_MS = 10_000;
/** From an isolate to its location's object and back. */
const LOCATION_TRIP_MS = 4;
const SHORTEST_TRIP_MS = 10;
const LONGEST_TRIP_MS = 250;

export async function simulate(scenario: Scenario): Promise<Result> {
  const { rule, locations } = scenario;
  const random = seededRandom(20_260_131);
  const agenda = createAgenda();
  const time = () => START + Math.floor(agenda.now());
  const seconds = Array.from({ length: scenario.seconds }, () => ({
    requests: 0,
    admitted: 0,
    admittedExactly: 0,
    refused: 0,
    globalCalls: 0,
    locationCalls: 0,
  }));
  const callsTo = Array.from({ length: scenario.seconds }, () => new Array<number>(locations).fill(0));
  const second = () => seconds[Math.floor(agenda.now() / 1000)];

  // Two buckets without leases: `ideal` checks what was admitted, and `exact` serves the requests by itself.
  const ideal = { level: rule.capacity, at: 0, lowest: rule.capacity };
  const exact = { level: rule.capacity, at: 0 };
  function serveExactly(): void {
    const now = agenda.now();
    exact.level = Math.min(rule.capacity, exact.level + ((now - exact.at) * rule.refillPerSecond) / 1000);
    exact.at = now;
    if (exact.level < 1) return;
    exact.level -= 1;
    const current = second();
    if (current !== undefined) current.admittedExactly += 1;
  }
  function admit(tokens: number): void {
    const now = agenda.now();
    ideal.level = Math.min(rule.capacity, ideal.level + ((now - ideal.at) * rule.refillPerSecond) / 1000) - tokens;
    ideal.at = now;
    ideal.lowest = Math.min(ideal.lowest, ideal.level);
    const current = second();
    if (current !== undefined) current.admitted += tokens;
  }
  function refuse(): void {
    const current = second();
    if (current !== undefined) current.refused += 1;
  }

  let bucket: Bucket = createFullBucket(rule, START, 1);
  let calls: Demand = NO_DEMAND;
  let isHot = false;
  function callGlobalBucket(request: LeaseRequest): LeaseResponse {
    const current = second();
    if (current !== undefined) current.globalCalls += 1;
    const now = time();
    const result = handleLeaseRequest(bucket, request, now);
    bucket = result.bucket;
    calls = addDemand(calls, now, request.callCount);
    isHot = demandPerSecond(calls, now) >= (isHot ? HOT_PER_SECOND / 2 : HOT_PER_SECOND);
    return { ...result.response, isHot };
  }

  let longestWaitMs = 0;
  let hasPendingPromises = false;
  const trips = Array.from(
    { length: locations },
    () => SHORTEST_TRIP_MS + random() * (LONGEST_TRIP_MS - SHORTEST_TRIP_MS),
  );
  const locationBuckets: LocationBucket[] = trips.map((_, index) => createLocationBucket(1 + index * 1_000_000_000));
  const dependencies = trips.map((trip) => ({
    now: time,
    defer: (work: Promise<unknown>) => void work,
    globalBucket: {
      requestLease: (request: LeaseRequest) =>
        new Promise<LeaseResponse>((resolve) => {
          agenda.at(agenda.now() + trip / 2, () => {
            const response = callGlobalBucket(request);
            agenda.at(agenda.now() + trip / 2, () => {
              hasPendingPromises = true;
              resolve(response);
            });
          });
        }),
    },
  }));

  function send(isolate: Isolate, request: LeaseRequest, since: readonly number[] = []): void {
    const requestedAt = time();
    const useLocation = requestedAt < isolate.useLocationUntil;
    const trip = useLocation ? LOCATION_TRIP_MS : (trips[isolate.location] ?? LONGEST_TRIP_MS);
    isolate.isCalling = true;
    const receive = (response: LeaseResponse) => {
      for (const [index, waitMs] of response.waitsMs.entries()) {
        if (waitMs === 0) admit(request.costs[index] ?? 0);
        else refuse();
      }
      agenda.at(agenda.now() + trip / 2, () => {
        isolate.isCalling = false;
        for (const began of since) longestWaitMs = Math.max(longestWaitMs, agenda.now() - began);
        isolate.bucket = applyLeaseResponse(isolate.bucket, request, response, requestedAt, time());
        for (const waitMs of response.waitsMs) {
          if (waitMs > 0) isolate.bucket = recordRefusal(isolate.bucket, time());
        }
        if (response.isHot) isolate.useLocationUntil = time() + HOT_MS;
        sendWaiting(isolate);
      });
    };
    agenda.at(agenda.now() + trip / 2, () => {
      if (!useLocation) return receive(callGlobalBucket(request));
      const counts = callsTo[Math.floor(agenda.now() / 1000)];
      if (counts !== undefined) counts[isolate.location] = (counts[isolate.location] ?? 0) + 1;
      const locationBucket = locationBuckets[isolate.location];
      const ofLocation = dependencies[isolate.location];
      hasPendingPromises = true;
      if (locationBucket !== undefined && ofLocation !== undefined) {
        void locationBucket.requestLease(request, ofLocation).then(receive);
      }
    });
  }

  function sendWaiting(isolate: Isolate): void {
    if (isolate.waiting.length === 0 || isolate.isCalling) return;
    const costs = new Array<number>(isolate.waiting.length).fill(1);
    const since = isolate.waiting;
    isolate.waiting = [];
    const prepared = createLeaseRequest(isolate.bucket, rule, time(), costs, true);
    isolate.bucket = prepared.bucket;
    send(isolate, prepared.request, since);
  }

  function handle(isolate: Isolate): void {
    const now = time();
    const current = second();
    if (current !== undefined) current.requests += 1;
    serveExactly();
    isolate.bucket = recordDemand(advanceIsolateBucket(isolate.bucket, now), now, 1);
    const decision = decideLocally(isolate.bucket, rule, now, 1);
    if (decision.kind === "refused") {
      isolate.bucket = recordRefusal(isolate.bucket, now);
      refuse();
    } else if (decision.kind === "call") {
      isolate.waiting = [...isolate.waiting, agenda.now()];
      sendWaiting(isolate);
    } else {
      isolate.bucket = decision.bucket;
      admit(1);
      const renewal = isolate.isCalling ? undefined : createRenewalRequest(isolate.bucket, rule, now);
      if (renewal !== undefined) {
        isolate.bucket = renewal.bucket;
        send(isolate, renewal.request);
      }
    }
  }

  function arrive(isolate: Isolate): void {
    handle(isolate);
    agenda.at(agenda.now() + nextArrival(isolate), () => arrive(isolate));
  }
  const nextArrival = ({ perMs }: Isolate) => -Math.log(1 - random()) / perMs;

  // Uneven: the busiest isolate gets about twenty times the requests of the least busy one.
  const weights = Array.from({ length: scenario.isolates }, () => 0.1 + random() ** 2 * 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    const isolate: Isolate = {
      bucket: NEW_ISOLATE_BUCKET,
      location: Math.floor(random() ** 1.3 * locations),
      perMs: ((weight / total) * scenario.requestsPerSecond) / 1000,
      waiting: [],
      isCalling: false,
      useLocationUntil: 0,
    };
    const begin = (index / scenario.isolates) * scenario.rampSeconds * 1000;
    agenda.at(begin + nextArrival(isolate), () => arrive(isolate));
  }

  const until = scenario.seconds * 1000;
  while (agenda.step(until)) {
    // Promises that locations wait for settle before the next step.
    for (let turn = 0; hasPendingPromises && turn < 8; turn += 1) await undefined;
    hasPendingPromises = false;
  }
  for (const [index, counts] of callsTo.entries()) {
    const current = seconds[index];
    if (current !== undefined) current.locationCalls = Math.max(...counts);
  }
  return { scenario, seconds, lowest: ideal.lowest, longestWaitMs };
}
