/**
 * So many in any hour: when each of the last ones was, and whether there may be another. Exact over every window. No
 * I/O and no clock: `now` is passed in, in epoch milliseconds.
 */
import type { Verdict } from "./attempts.ts";

export interface Allowance {
  /** How many there may be in any window. */
  readonly most: number;
  readonly windowMs: number;
}

/** Takes one, where there may be another. `times` are those of the window alone, oldest first. */
export function spend(
  times: readonly number[],
  { most, windowMs }: Allowance,
  now: number,
): { readonly verdict: Verdict; readonly times: readonly number[] } {
  const recent = times.filter((time) => time > now - windowMs);
  const [oldest] = recent.slice(-most);
  if (oldest === undefined || recent.length < most) {
    return { verdict: { outcome: "open" }, times: [...recent, now].sort((a, b) => a - b) };
  }
  return { verdict: { outcome: "wait", seconds: Math.ceil((oldest + windowMs - now) / 1000) }, times: recent };
}

/** The times without one that was taken at `time` and not used. */
export function giveBack(times: readonly number[], time: number): readonly number[] {
  const index = times.lastIndexOf(time);
  return index === -1 ? times : times.toSpliced(index, 1);
}
