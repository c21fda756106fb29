/**
 * Where the requests of one isolate wait for one bucket. Guarantees that few asks are under way at a time, which carry
 * all that wait, and that nobody waits longer than BUCKET_TIMEOUT_MS. An ask that fails lets everybody who waited for it know.
 */
import { within } from "#core/data/within.ts";
import type { Ask, BucketRule, Lender } from "./lender.ts";
import { askAhead, askFor, decide, EMPTY_WALLET, hear, noteDemand, noteRefused, type Wallet, wake } from "./wallet.ts";

/** One bucket, as this isolate deals with it. */
export interface Till {
  wallet: Wallet;
  waiting: readonly Waiting[];
  /** When each ask under way was sent. */
  asks: readonly number[];
  /** Until then nobody waits again for a bucket that does not answer. */
  silentUntil: number;
  /** Until then the bucket is asked through the location's. */
  nearUntil: number;
}

interface Waiting {
  readonly cost: number;
  tell(outcome: Outcome): void;
}

/** What became of a request at one bucket. */
export type Outcome =
  /** `at`: what a window recorded it as. */
  | { readonly kind: "taken"; readonly from: "loan" | "object"; readonly at?: number }
  | { readonly kind: "refused"; readonly waitMs: number; readonly by: "remembered" | "object" }
  /** Nobody could tell. `alone`: what a bucket says that this isolate keeps for itself meanwhile, where it keeps one. */
  | { readonly kind: "failed"; readonly alone?: { readonly waitMs: number; readonly view: View } };

/** How a bucket stands. */
export interface View {
  /** Whole tokens. */
  readonly remaining: number;
  /** Epoch milliseconds at which all are there again. */
  readonly resetMs: number;
}

/** What a till works with while a request is there. */
export interface TillDoors {
  /** Epoch milliseconds. */
  now(): number;
  /** The bucket's object, or its location's. */
  lender(isNear: boolean): Lender;
  /** Keeps `work` going when the request is answered. */
  defer(work: Promise<unknown>): void;
}

/** How long anybody waits for a bucket. */
const BUCKET_TIMEOUT_MS = 2000;

/** How long a bucket stays hot when it has said so. */
const NEAR_MS = 10_000;
const SILENCE_MS = 1000;
/** Asks under way at a time, of a bucket that lends nothing. */
const MOST_ASKS = 16;
/** Requests that one ask carries. */
const MOST_COSTS = 1000;

export function openTill(): Till {
  return {
    wallet: EMPTY_WALLET,
    waiting: [],
    asks: [],
    silentUntil: Number.NEGATIVE_INFINITY,
    nearUntil: Number.NEGATIVE_INFINITY,
  };
}

/** Takes `cost` whole tokens, asking the bucket where the isolate cannot know. Never rejects. */
export async function draw(
  till: Till,
  rule: BucketRule,
  cost: number,
  mayBorrow: boolean,
  doors: TillDoors,
): Promise<Outcome> {
  const now = doors.now();
  till.wallet = noteDemand(wake(till.wallet, now), now, cost);
  const decision = decide(till.wallet, rule, now, cost);
  if (decision.kind === "refused") {
    till.wallet = noteRefused(till.wallet, now);
    return { kind: "refused", waitMs: decision.waitMs, by: "remembered" };
  }
  if (decision.kind === "spent") {
    till.wallet = decision.wallet;
    if (mayBorrow && isFree(till, now, 1)) borrowAhead(till, rule, doors);
    return { kind: "taken", from: "loan" };
  }
  if (isBefore(now, till.silentUntil, SILENCE_MS)) return { kind: "failed" };
  return waitInLine(till, rule, cost, mayBorrow, doors);
}

function waitInLine(
  till: Till,
  rule: BucketRule,
  cost: number,
  mayBorrow: boolean,
  doors: TillDoors,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let isTold = false;
    const mine: Waiting = {
      cost,
      tell(outcome) {
        isTold = true;
        clearTimeout(timer);
        resolve(outcome);
      },
    };
    const timer = setTimeout(() => {
      // Whoever told did so in another request, which cannot end this one's timers.
      if (isTold) return;
      till.waiting = till.waiting.filter((other) => other !== mine);
      till.silentUntil = doors.now() + SILENCE_MS;
      resolve({ kind: "failed" });
    }, BUCKET_TIMEOUT_MS);
    till.waiting = [...till.waiting, mine];
    // Whoever asks for itself is answered sooner; but a bucket that refuses is not to be asked by all at once.
    const most = mayBorrow || till.wallet.heard?.isScarce === true ? 1 : MOST_ASKS;
    if (isFree(till, doors.now(), most)) doors.defer(serveLine(till, rule, mayBorrow, doors));
  });
}

/** Asks for those who wait until nobody does. */
async function serveLine(till: Till, rule: BucketRule, mayBorrow: boolean, doors: TillDoors): Promise<void> {
  while (till.waiting.length > 0) {
    const line = till.waiting.slice(0, MOST_COSTS);
    till.waiting = till.waiting.slice(MOST_COSTS);
    const now = doors.now();
    till.wallet = wake(till.wallet, now);
    const costs = line.map(({ cost }) => cost);
    const { wallet, ask } = askFor(till.wallet, rule, now, costs, mayBorrow);
    till.wallet = wallet;
    const waitsMs = await send(till, ask, doors);
    line.forEach((one, index) => {
      one.tell(
        waitsMs === undefined ? { kind: "failed" } : outcomeOf(till, rule, one.cost, waitsMs[index] ?? 0, doors),
      );
    });
  }
}

function borrowAhead(till: Till, rule: BucketRule, doors: TillDoors): void {
  const prepared = askAhead(till.wallet, rule, doors.now());
  if (prepared === undefined) return;
  till.wallet = prepared.wallet;
  doors.defer(
    (async () => {
      await send(till, prepared.ask, doors);
      await serveLine(till, rule, true, doors);
    })(),
  );
}

/** The waits of an ask's costs, or undefined where there was no answer. */
async function send(till: Till, ask: Ask, doors: TillDoors): Promise<readonly number[] | undefined> {
  const askedAt = doors.now();
  till.asks = [...till.asks, askedAt];
  try {
    const answer = await doors.lender(isBefore(askedAt, till.nearUntil, NEAR_MS)).ask(ask);
    const answeredAt = doors.now();
    till.wallet = hear(till.wallet, ask, answer, askedAt, answeredAt);
    if (answer.isHot) till.nearUntil = answeredAt + NEAR_MS;
    return answer.waitsMs;
  } catch {
    return undefined;
  } finally {
    till.asks = till.asks.toSpliced(till.asks.indexOf(askedAt), 1);
  }
}

/** Whether fewer asks than `most` are under way. One dies silently with its request, so that none counts for ever. */
function isFree(till: Till, now: number, most: number): boolean {
  return till.asks.filter((askedAt) => Math.abs(now - askedAt) < BUCKET_TIMEOUT_MS).length < most;
}

/** Whether that time is still to come, which was `ms` ahead: what is further ahead was set before the clock stepped back. */
function isBefore(now: number, until: number, ms: number): boolean {
  return now < until && until - now <= ms;
}

/** What the wallet has made of the answer is what it will hold to. */
function outcomeOf(till: Till, rule: BucketRule, cost: number, waitMs: number, doors: TillDoors): Outcome {
  if (waitMs === 0) return { kind: "taken", from: "object" };
  const now = doors.now();
  till.wallet = noteRefused(till.wallet, now);
  const decision = decide(till.wallet, rule, now, cost);
  return { kind: "refused", waitMs: decision.kind === "refused" ? decision.waitMs : waitMs, by: "object" };
}

/** What a bucket says, or undefined where it fails, or says nothing in time. */
export function inTime<T>(work: Promise<T>): Promise<{ readonly value: T } | undefined> {
  return within(work, BUCKET_TIMEOUT_MS).catch(() => undefined);
}
