/**
 * The sliding window: never more than `limit` entries in any `windowMs`, to the millisecond. A refusal changes nothing.
 * It keeps the time of each entry, so it suits small limits. Pure: `now` is an argument in epoch milliseconds.
 */

export interface WindowRule {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly windowMs: number;
}

/** The time of each entry in epoch milliseconds, the oldest first. */
export type WindowLog = readonly number[];

export interface WindowState {
  /** 0 if the entries were added, otherwise the milliseconds until they can be. */
  readonly waitMs: number;
  /** How many more entries fit now. */
  readonly remaining: number;
  /** Milliseconds until the window is empty. */
  readonly emptyInMs: number;
  /** The time of the added entries, in epoch milliseconds of the window's own clock. */
  readonly at: number;
}

/** The remote side of a window. Each method rejects when the window cannot be reached. */
export interface WindowClient {
  /** Adds all of `count` entries, or none. */
  addToWindow(rule: WindowRule, count: number): Promise<WindowState>;
  /** Removes `count` of the entries that were added at `at`. */
  removeFromWindow(rule: WindowRule, count: number, at: number): Promise<void>;
  readWindow(rule: WindowRule): Promise<WindowState>;
}

/** Adds all of `count` entries, or none. If `now` is before the latest entry, they get the time of that entry. */
export function addToWindow(
  log: WindowLog,
  rule: WindowRule,
  now: number,
  count: number,
): { readonly log: WindowLog; readonly state: WindowState } {
  const at = Math.max(now, log.at(-1) ?? now);
  const recent = log.filter((time) => time > at - rule.windowMs);
  const excess = recent.length + count - rule.limit;
  if (excess > 0) {
    // There is room when this entry has left the window.
    const blocking = recent[Math.min(excess, recent.length) - 1] ?? at;
    const waitMs = blocking + rule.windowMs - now;
    return { log, state: stateOf(recent, rule, now, { waitMs, at }) };
  }
  const next = [...recent, ...new Array<number>(count).fill(at)];
  return { log: next, state: stateOf(next, rule, now, { waitMs: 0, at }) };
}

/** Removes `count` of the entries that were added at `at`, and no others. */
export function removeFromWindow(log: WindowLog, count: number, at: number): WindowLog {
  const first = log.indexOf(at);
  if (first === -1) return log;
  return log.toSpliced(first, Math.min(count, log.lastIndexOf(at) + 1 - first));
}

function stateOf(
  log: WindowLog,
  { limit, windowMs }: WindowRule,
  now: number,
  { waitMs, at }: Pick<WindowState, "waitMs" | "at">,
): WindowState {
  const latest = log.at(-1);
  const emptyInMs = latest === undefined ? 0 : latest + windowMs - now;
  return { waitMs, remaining: Math.max(0, limit - log.length), emptyInMs, at };
}
