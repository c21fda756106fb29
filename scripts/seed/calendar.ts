// The times of seeded rows. All times are whole milliseconds from 2024-01-01 to 2026-09-30 UTC. The version is 1 if and
// only if the row never changed.

import { chance, int, type Random } from "./random.ts";

/** The first millisecond of the store's life (epoch ms). */
export const OPENED_AT = Date.UTC(2024, 0, 1);
/** The last millisecond of the store's life (epoch ms). */
export const CLOSED_AT = Date.UTC(2026, 9, 1) - 1;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The history of a row. */
export interface History {
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

/** A random time (epoch ms) on any day of the store's life, between the hours `from` and `to` UTC. */
export function momentOf(random: Random, from: number, to: number): number {
  const day = int(random, 0, Math.floor((CLOSED_AT - OPENED_AT) / DAY_MS));
  return OPENED_AT + day * DAY_MS + int(random, from * HOUR_MS, to * HOUR_MS - 1);
}

/** A random time (epoch ms) at most `maxDays` after `moment`, never beyond the store's life. @public */
export function soonAfter(random: Random, moment: number, maxDays: number): number {
  return Math.min(CLOSED_AT - 1, moment + int(random, 20_000, maxDays * DAY_MS));
}

/** The history of a row created at `createdAt` (epoch ms). `changed` is the fraction of rows that ever changed. */
export function historyOf(random: Random, createdAt: number, changed: number): History {
  const version = chance(random, changed) ? 1 + int(random, 1, int(random, 1, 8)) : 1;
  if (version === 1) return { version, created_at: createdAt, updated_at: createdAt };
  return { version, created_at: createdAt, updated_at: int(random, createdAt + 1, CLOSED_AT) };
}
