/**
 * The sliding-window log: never more than `limit` in any window, to the millisecond. A refusal changes nothing. For
 * small limits, since it remembers when each was. No I/O and no clock: `now` is passed in, in epoch milliseconds.
 */
import type { Recorded, WindowRule } from "./lender.ts";

/** When each of the last ones was, in epoch milliseconds, the oldest first. */
export type WindowLog = readonly number[];

/** Records `count` at once, or none. At a `now` before the latest, they count as made at that. */
export function record(
  log: WindowLog,
  rule: WindowRule,
  now: number,
  count: number,
): { readonly log: WindowLog; readonly recorded: Recorded } {
  const time = Math.max(now, log.at(-1) ?? now);
  const recent = log.filter((made) => made > time - rule.windowMs);
  const tooMany = recent.length + count - rule.limit;
  if (tooMany > 0) {
    // With a window that begins after this one there is room.
    const last = recent[Math.min(tooMany, recent.length) - 1] ?? time;
    const waitMs = last + rule.windowMs - now;
    return {
      log,
      recorded: { waitMs, remaining: Math.max(0, rule.limit - recent.length), emptyInMs: emptyIn(recent), at: time },
    };
  }
  const next = [...recent, ...new Array<number>(count).fill(time)];
  return {
    log: next,
    recorded: { waitMs: 0, remaining: rule.limit - next.length, emptyInMs: emptyIn(next), at: time },
  };

  function emptyIn(times: WindowLog): number {
    const latest = times.at(-1);
    return latest === undefined ? 0 : latest + rule.windowMs - now;
  }
}

/** Takes back so many of those that were recorded as made at `at`: others, and when they were, are not touched. */
export function unrecord(log: WindowLog, count: number, at: number): WindowLog {
  const first = log.indexOf(at);
  if (first === -1) return log;
  return log.toSpliced(first, Math.min(count, log.lastIndexOf(at) + 1 - first));
}
