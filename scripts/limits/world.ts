/**
 * One key in a world of isolates: the real cores of src/features/limits, with simulated time, distances and clients. The same
 * numbers in every run.
 */
import { answer, type Bucket, fullBucket } from "#features/limits/bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "#features/limits/demand.ts";
import type { Answer, Ask, BucketRule } from "#features/limits/lender.ts";
import { openRelay, type Relay } from "#features/limits/relay.ts";
import {
  askAhead,
  askFor,
  decide,
  EMPTY_WALLET,
  hear,
  noteDemand,
  noteRefused,
  type Wallet,
  wake,
} from "#features/limits/wallet.ts";
import { openAgenda } from "./agenda.ts";
import { seededRandom } from "./random.ts";

export interface Scenario {
  readonly name: string;
  readonly rule: BucketRule;
  readonly isolates: number;
  readonly locations: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Over which isolates begin, one after another; their requests grow with them. */
  readonly rampSeconds: number;
}

/** What happened in one second. */
export interface Second {
  requests: number;
  admitted: number;
  /** By one bucket that is asked each time and answers at once. */
  admittedExactly: number;
  refused: number;
  callsToWorld: number;
  /** To the location that was called most. */
  callsToLocation: number;
}

export interface Result {
  readonly scenario: Scenario;
  readonly seconds: readonly Second[];
  /** The least that an ideal bucket would have had left, in tokens: negative where the bound was broken. */
  readonly lowest: number;
  /** Until a request knew whether it was admitted. The limiter itself gives up after 2,000. */
  readonly longestWaitMs: number;
}

interface Isolate {
  wallet: Wallet;
  readonly location: number;
  readonly perMs: number;
  /** Since when each request waits. */
  waiting: readonly number[];
  isAsking: boolean;
  nearUntil: number;
}

const START = 1_800_000_000_000;
const HOT_PER_SECOND = 500;
const NEAR_MS = 10_000;
/** From an isolate to its location's object and back. */
const NEAR_TRIP_MS = 4;
const SHORTEST_TRIP_MS = 10;
const LONGEST_TRIP_MS = 250;

export async function simulate(scenario: Scenario): Promise<Result> {
  const { rule, locations } = scenario;
  const random = seededRandom(20_260_131);
  const agenda = openAgenda();
  const time = () => START + Math.floor(agenda.now());
  const seconds = Array.from({ length: scenario.seconds }, () => ({
    requests: 0,
    admitted: 0,
    admittedExactly: 0,
    refused: 0,
    callsToWorld: 0,
    callsToLocation: 0,
  }));
  const callsTo = Array.from({ length: scenario.seconds }, () => new Array<number>(locations).fill(0));
  const second = () => seconds[Math.floor(agenda.now() / 1000)];

  // Two buckets that lend nothing: one gives whatever was admitted, as the judge; one serves the requests by itself.
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

  let bucket: Bucket = fullBucket(rule, START, 1);
  let calls: Demand = NO_DEMAND;
  let isHot = false;
  function askWorld(ask: Ask): Answer {
    const current = second();
    if (current !== undefined) current.callsToWorld += 1;
    const now = time();
    const result = answer(bucket, ask, now);
    bucket = result.bucket;
    calls = addDemand(calls, now, ask.standsFor);
    isHot = demandPerSecond(calls, now) >= (isHot ? HOT_PER_SECOND / 2 : HOT_PER_SECOND);
    return { ...result.answer, isHot };
  }

  let longestWaitMs = 0;
  let isRelaying = false;
  const trips = Array.from(
    { length: locations },
    () => SHORTEST_TRIP_MS + random() * (LONGEST_TRIP_MS - SHORTEST_TRIP_MS),
  );
  const relays: Relay[] = trips.map((_, index) => openRelay(1 + index * 1_000_000_000));
  const relayDoors = trips.map((trip) => ({
    now: time,
    defer: (work: Promise<unknown>) => void work,
    world: {
      ask: (ask: Ask) =>
        new Promise<Answer>((resolve) => {
          agenda.at(agenda.now() + trip / 2, () => {
            const reply = askWorld(ask);
            agenda.at(agenda.now() + trip / 2, () => {
              isRelaying = true;
              resolve(reply);
            });
          });
        }),
    },
  }));

  function send(isolate: Isolate, ask: Ask, since: readonly number[] = []): void {
    const askedAt = time();
    const isNear = askedAt < isolate.nearUntil;
    const trip = isNear ? NEAR_TRIP_MS : (trips[isolate.location] ?? LONGEST_TRIP_MS);
    isolate.isAsking = true;
    const land = (reply: Answer) => {
      for (const [index, waitMs] of reply.waitsMs.entries()) waitMs === 0 ? admit(ask.costs[index] ?? 0) : refuse();
      agenda.at(agenda.now() + trip / 2, () => {
        isolate.isAsking = false;
        for (const began of since) longestWaitMs = Math.max(longestWaitMs, agenda.now() - began);
        isolate.wallet = hear(isolate.wallet, ask, reply, askedAt, time());
        for (const waitMs of reply.waitsMs) if (waitMs > 0) isolate.wallet = noteRefused(isolate.wallet, time());
        if (reply.isHot) isolate.nearUntil = time() + NEAR_MS;
        serveLine(isolate);
      });
    };
    agenda.at(agenda.now() + trip / 2, () => {
      if (!isNear) return land(askWorld(ask));
      const counts = callsTo[Math.floor(agenda.now() / 1000)];
      if (counts !== undefined) counts[isolate.location] = (counts[isolate.location] ?? 0) + 1;
      const relay = relays[isolate.location];
      const doors = relayDoors[isolate.location];
      isRelaying = true;
      if (relay !== undefined && doors !== undefined) void relay.ask(ask, doors).then(land);
    });
  }

  function serveLine(isolate: Isolate): void {
    if (isolate.waiting.length === 0 || isolate.isAsking) return;
    const costs = new Array<number>(isolate.waiting.length).fill(1);
    const since = isolate.waiting;
    isolate.waiting = [];
    const asking = askFor(isolate.wallet, rule, time(), costs, true);
    isolate.wallet = asking.wallet;
    send(isolate, asking.ask, since);
  }

  function request(isolate: Isolate): void {
    const now = time();
    const current = second();
    if (current !== undefined) current.requests += 1;
    serveExactly();
    isolate.wallet = noteDemand(wake(isolate.wallet, now), now, 1);
    const decision = decide(isolate.wallet, rule, now, 1);
    if (decision.kind === "refused") {
      isolate.wallet = noteRefused(isolate.wallet, now);
      refuse();
    } else if (decision.kind === "ask") {
      isolate.waiting = [...isolate.waiting, agenda.now()];
      serveLine(isolate);
    } else {
      isolate.wallet = decision.wallet;
      admit(1);
      const more = isolate.isAsking ? undefined : askAhead(isolate.wallet, rule, now);
      if (more !== undefined) {
        isolate.wallet = more.wallet;
        send(isolate, more.ask);
      }
    }
  }

  function arrive(isolate: Isolate): void {
    request(isolate);
    agenda.at(agenda.now() + nextArrival(isolate), () => arrive(isolate));
  }
  const nextArrival = ({ perMs }: Isolate) => -Math.log(1 - random()) / perMs;

  // Uneven: the busiest isolate has about twenty times the requests of the idlest.
  const weights = Array.from({ length: scenario.isolates }, () => 0.1 + random() ** 2 * 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    const isolate: Isolate = {
      wallet: EMPTY_WALLET,
      location: Math.floor(random() ** 1.3 * locations),
      perMs: ((weight / total) * scenario.requestsPerSecond) / 1000,
      waiting: [],
      isAsking: false,
      nearUntil: 0,
    };
    const begin = (index / scenario.isolates) * scenario.rampSeconds * 1000;
    agenda.at(begin + nextArrival(isolate), () => arrive(isolate));
  }

  const until = scenario.seconds * 1000;
  while (agenda.step(until)) {
    // What relays wait for goes on before the next step.
    for (let turn = 0; isRelaying && turn < 8; turn += 1) await undefined;
    isRelaying = false;
  }
  for (const [index, counts] of callsTo.entries()) {
    const current = seconds[index];
    if (current !== undefined) current.callsToLocation = Math.max(...counts);
  }
  return { scenario, seconds, lowest: ideal.lowest, longestWaitMs };
}
