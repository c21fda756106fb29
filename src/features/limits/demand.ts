/**
 * How much is asked for lately: what a borrower goes by when it asks for tokens in advance. No I/O and no clock: `now`
 * is passed in, in epoch milliseconds.
 */

/** Tokens in the second that began at `since`, and in the one before it. */
export interface Demand {
  readonly since: number;
  readonly current: number;
  readonly previous: number;
}

export const NO_DEMAND: Demand = { since: Number.NEGATIVE_INFINITY, current: 0, previous: 0 };

const SECOND_MS = 1000;

/** From that age on, requests are no burst. */
const WHILE_MS = 100;

export function addDemand(demand: Demand, now: number, tokens: number): Demand {
  const { since, current, previous } = atTime(demand, now);
  return { since, current: current + tokens, previous };
}

/** Tokens in the last second, as far as two counters can tell. */
export function demandPerSecond(demand: Demand, now: number): number {
  const { since, current, previous } = atTime(demand, now);
  return current + previous * (1 - (now - since) / SECOND_MS);
}

function atTime(demand: Demand, now: number): Demand {
  const elapsed = now - demand.since;
  if (elapsed >= 0 && elapsed < SECOND_MS) return demand;
  if (elapsed >= SECOND_MS && elapsed < 2 * SECOND_MS) {
    return { since: demand.since + SECOND_MS, current: 0, previous: demand.current };
  }
  return { since: now, current: 0, previous: 0 };
}

/** What has been asked for each second for a while: a burst that has just begun is none of it. */
export function sustainedPerSecond(demand: Demand, now: number): number {
  const { since, current } = atTime(demand, now);
  return Math.max(now - since < WHILE_MS ? 0 : current, steadyPerSecond(demand, now));
}

/** What has been asked for each second through more than a whole one. */
export function steadyPerSecond(demand: Demand, now: number): number {
  return Math.min(demandPerSecond(demand, now), atTime(demand, now).previous);
}
