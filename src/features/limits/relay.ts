/**
 * The second level: what a location's object does for a bucket that too many isolates ask. It borrows from the world's
 * bucket and passes on to its isolates what it has borrowed, for no longer than its own loans last; so whatever the
 * world's bucket guarantees holds for all of them. It keeps nothing on disk: what it forgets is lost to the client, and
 * the world counts it as lent until its time is over.
 */

import { MICRO, perMsOf, timeToEarn } from "./bucket.ts";
import { addDemand, type Demand, demandPerSecond, NO_DEMAND } from "./demand.ts";
import type { Answer, Ask, BucketRule, Lender, Loan, Settlement } from "./lender.ts";
import { add, EMPTY_PURSE, type Purse, passOn, resolve, spend, tell, usable } from "./loans.ts";

/** How long a location may use what it has borrowed. Longer than an isolate, so that what it passes on is of use. */
const LIFE_MS = 4000;

/** How long it hears what became of tokens that it passed on. */
const PASSED_MS = 2 * LIFE_MS;

/** Between two asks of a world's bucket that had not all that was asked for. */
const PAUSE_MS = 250;

/** How often a call may wait for the world's bucket. */
const TRIES = 8;

/** From then on no call waits for another ask. */
const PATIENCE_MS = 500;

export interface RelayDoors {
  /** Epoch milliseconds. */
  now(): number;
  readonly world: Pick<Lender, "ask">;
  /** Keeps `work` going when the call is answered. */
  defer(work: Promise<unknown>): void;
}

export interface Relay {
  ask(ask: Ask, doors: RelayDoors): Promise<Answer>;
}

interface PassedOn {
  /** The loan that it is part of. */
  readonly from: number;
  readonly amount: number;
  readonly until: number;
}

/** A relay that has borrowed nothing yet. `firstLoan` was never the id of a loan of this location before. */
export function openRelay(firstLoan: number): Relay {
  const passed = new Map<number, PassedOn>();
  let purse: Purse = EMPTY_PURSE;
  let demand: Demand = NO_DEMAND;
  let nextLoan = firstLoan;
  let unheard = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let flight: Promise<void> | undefined;
  let isHot = true;
  let isScarce = false;
  /** What calls need that wait for the world's bucket. */
  let waiting = 0;
  let worldLevel = 0;

  function hear({ loan: id, spent, unused }: Settlement): void {
    const known = passed.get(id);
    if (known === undefined || spent < 0 || unused < 0 || spent + unused > known.amount) return;
    purse = resolve(purse, known.from, { spent, unused });
    const amount = known.amount - spent - unused;
    if (amount === 0) passed.delete(id);
    else passed.set(id, { ...known, amount });
  }

  function isDue(rule: BucketRule, now: number, needed: number): boolean {
    if (flight !== undefined || (isScarce && now >= askedAt && now - askedAt < PAUSE_MS)) return false;
    return usable(purse, now) < Math.max(needed, wanted(rule, now) / 2);
  }

  function wanted(rule: BucketRule, now: number): number {
    // While there is little, what one location holds is what another is refused.
    const seconds = worldLevel * 2 < rule.capacity * MICRO ? 0.5 : 1;
    return Math.min(rule.capacity, Math.ceil(demandPerSecond(demand, now) * seconds));
  }

  async function borrow(rule: BucketRule, doors: RelayDoors): Promise<void> {
    askedAt = doors.now();
    const told = tell(purse, askedAt);
    purse = told.purse;
    const ahead = Math.min(rule.capacity, Math.max(1, waiting, wanted(rule, askedAt)));
    const standsFor = unheard;
    unheard = 0;
    const { settlements } = told;
    const began = askedAt;
    try {
      const answer = await doors.world.ask({ rule, costs: [], ahead, lifeMs: LIFE_MS, settlements, standsFor });
      if (answer.loan !== undefined) purse = add(purse, answer.loan, began, doors.now());
      isHot = answer.isHot;
      isScarce = (answer.loan?.amount ?? 0) * 8 < ahead || answer.level < 2 * MICRO;
      worldLevel = answer.level;
    } finally {
      flight = undefined;
    }
  }

  function startBorrowing(rule: BucketRule, doors: RelayDoors): Promise<void> {
    flight = borrow(rule, doors);
    return flight;
  }

  function lend(ahead: number, lifeMs: number, now: number): Loan | undefined {
    const half = Math.floor(usable(purse, now) / 2);
    const part = passOn(purse, now, Math.min(ahead, half), lifeMs);
    if (part === undefined) return undefined;
    const id = nextLoan;
    nextLoan += 1;
    purse = part.purse;
    passed.set(id, { from: part.from, amount: part.loan.amount, until: now + PASSED_MS });
    return { ...part.loan, id };
  }

  function waitFor(rule: BucketRule, cost: number, now: number): number {
    const sinceMs = Math.max(0, now - askedAt);
    // Once more the pause: those who are refused come back when others have been served.
    const pauseMs = Math.max(1, PAUSE_MS - sinceMs) + PAUSE_MS;
    // The world lends at most half of what it has.
    const needed = Math.min(2 * (cost - usable(purse, now)), rule.capacity);
    return Math.max(pauseMs, timeToEarn(needed * MICRO - worldLevel, perMsOf(rule)) - sinceMs);
  }

  function forget(now: number): void {
    for (const [id, { until }] of passed) {
      // What is further ahead was passed on before the clock stepped back.
      if (until > now && until - now <= PASSED_MS) break;
      passed.delete(id);
    }
  }

  return {
    async ask({ rule, costs, ahead, lifeMs, settlements, standsFor }, doors) {
      const began = doors.now();
      forget(began);
      settlements.forEach(hear);
      unheard += standsFor;
      const needed = costs.reduce((sum, cost) => sum + cost, 0);
      demand = addDemand(demand, began, needed + settlements.reduce((sum, { spent }) => sum + spent, 0));
      waiting += needed;
      try {
        for (let tries = 0; tries < TRIES && usable(purse, doors.now()) < needed; tries += 1) {
          // A refusal must be there well before the isolate gives up waiting, and lets requests pass uncounted.
          if (tries > 0 && (isScarce || doors.now() - began >= PATIENCE_MS)) break;
          // Whoever finds an ask under way waits for that one, which asked for less than they all need.
          if (isDue(rule, doors.now(), waiting)) await startBorrowing(rule, doors);
          else if (flight === undefined) break;
          else await flight;
        }
      } finally {
        waiting -= needed;
      }
      const now = doors.now();
      const waitsMs = costs.map((cost) => {
        const spent = spend(purse, now, cost);
        if (spent !== undefined) purse = spent;
        return spent === undefined ? undefined : 0;
      });
      const loan = ahead === 0 ? undefined : lend(ahead, lifeMs, now);
      if (isDue(rule, now, 0)) doors.defer(startBorrowing(rule, doors));
      return {
        waitsMs: waitsMs.map((wait, index) => wait ?? waitFor(rule, costs[index] ?? 0, now)),
        loan,
        level: Math.max(0, worldLevel),
        isHot,
      };
    },
  };
}
