/** Recent demand for one bucket, in tokens per second. Pure: `now` is an argument in epoch milliseconds. */

/** Tokens in the second that began at `since`, and in the second before it. */
export interface Demand {
  readonly since: number;
  readonly current: number;
  readonly previous: number;
}

export const NO_DEMAND: Demand = { since: Number.NEGATIVE_INFINITY, current: 0, previous: 0 };

const SECOND_MS = 1000;

/** Requests within this time are a burst; after it they count as sustained demand. */
const BURST_MS = 100;

export function addDemand(demand: Demand, now: number, tokens: number): Demand {
  const { since, current, previous } = demandAt(demand, now);
  return { since, current: current + tokens, previous };
}

/** Tokens in the last second, estimated from the two counters. */
export function demandPerSecond(demand: Demand, now: number): number {
  const { since, current, previous } = demandAt(demand, now);
  return current + previous * (1 - (now - since) / SECOND_MS);
}

function demandAt(demand: Demand, now: number): Demand {
  const elapsed = now - demand.since;
  if (elapsed >= 0 && elapsed < SECOND_MS) return demand;
  if (elapsed >= SECOND_MS && elapsed < 2 * SECOND_MS) {
    return { since: demand.since + SECOND_MS, current: 0, previous: demand.current };
  }
  return { since: now, current: 0, previous: 0 };
}

/** Tokens per second, without a burst that has just begun. */
export function sustainedPerSecond(demand: Demand, now: number): number {
  const { since, current } = demandAt(demand, now);
  return Math.max(now - since < BURST_MS ? 0 : current, steadyPerSecond(demand, now));
}

/** Tokens per second that have been requested for more than a whole second. */
export function steadyPerSecond(demand: Demand, now: number): number {
  return Math.min(demandPerSecond(demand, now), demandAt(demand, now).previous);
}
