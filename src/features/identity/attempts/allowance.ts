/**
 * An exact limit over a sliding hour: the times of the latest uses, and whether another one is allowed. No I/O and no
 * clock: `now` is passed in, in epoch milliseconds.
 */
import type { Verdict } from "./attempts.ts";

export interface Allowance {
  /** The maximum number within any window. */
  readonly most: number;
  readonly windowMs: number;
}

/** Takes one if another is allowed. `times` contains only those within the window, oldest first. */
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

/** The times without the unused one that was taken at `time`. */
export function giveBack(times: readonly number[], time: number): readonly number[] {
  const index = times.lastIndexOf(time);
  return index === -1 ? times : times.toSpliced(index, 1);
}
