/**
 * Alarms for keys that are refused again and again: the 50th refusal of a key within a minute raises one. Each isolate
 * counts by itself, and remembers a bounded number of keys.
 */

/** The refusals of one key within the window that raise an alarm. */
export const ALARM_REFUSALS = 50;

const WINDOW_MS = 60_000;
const MAX_KEYS = 1000;

interface Count {
  readonly since: number;
  refusals: number;
}

export interface RefusalAlarms {
  /** Counts a refusal at `now` (epoch ms). True if it raises the alarm. */
  countRefusal(key: string, now: number): boolean;
}

export function createRefusalAlarms(): RefusalAlarms {
  const counts = new Map<string, Count>();

  function currentCount(key: string, now: number): Count {
    const known = counts.get(key);
    if (known !== undefined && now - known.since < WINDOW_MS) return known;
    // A Map iterates in the order of insertion, so the first key is the oldest.
    counts.delete(key);
    const [oldest] = counts.size >= MAX_KEYS ? counts.keys() : [];
    if (oldest !== undefined) counts.delete(oldest);
    const fresh = { since: now, refusals: 0 };
    counts.set(key, fresh);
    return fresh;
  }

  return {
    countRefusal(key, now) {
      const count = currentCount(key, now);
      count.refusals += 1;
      return count.refusals === ALARM_REFUSALS;
    },
  };
}
