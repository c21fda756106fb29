/**
 * Tells refusals that happen from refusals that go on: a key that is refused again and again within a minute raises an
 * alarm, once a minute. Counted by one isolate for itself, and for a bounded number of keys.
 */

/** Refusals of one key within the window that raise it. */
export const ALARM_REFUSALS = 50;

const WINDOW_MS = 60_000;
const MAX_KEYS = 1000;

interface Count {
  readonly since: number;
  refusals: number;
}

export interface Alarms {
  /** Counts a refusal at `now` (epoch ms), and says whether it raises the alarm. */
  refused(key: string, now: number): boolean;
}

export function countAlarms(): Alarms {
  const counts = new Map<string, Count>();
  return {
    refused(key, now) {
      const count = currentCount(counts, key, now);
      count.refusals += 1;
      return count.refusals === ALARM_REFUSALS;
    },
  };
}

function currentCount(counts: Map<string, Count>, key: string, now: number): Count {
  const known = counts.get(key);
  if (known !== undefined && now - known.since < WINDOW_MS) return known;
  // The oldest first: a Map remembers the order in which keys came.
  counts.delete(key);
  const [oldest] = counts.size >= MAX_KEYS ? counts.keys() : [];
  if (oldest !== undefined) counts.delete(oldest);
  const fresh = { since: now, refusals: 0 };
  counts.set(key, fresh);
  return fresh;
}
