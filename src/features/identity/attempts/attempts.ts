/**
 * How often somebody failed in a row, and what that means for the next attempt. Guarantees that an attempt counts as
 * failed from its beginning, so that no number of parallel ones gets past the gate, and that nobody is shut out for
 * good. No I/O and no clock: `now` is passed in, in epoch milliseconds.
 */

export interface Attempts {
  /** Consecutive ones. Those under way are among them. */
  readonly failures: number;
  /** When the last attempt began. */
  readonly lastAt: number;
}

export interface Thresholds {
  /** From that many failures on, an attempt has to meet a challenge. */
  readonly challengeAfter: number;
  /** Where no challenge can be met: how long after the last attempt one more is let through without. */
  readonly challengeLapsesMs?: number;
  /** From that many failures on, an attempt has to wait, each time twice as long. */
  readonly waitAfter: number;
}

export type Verdict =
  | { readonly outcome: "open" }
  /** `seconds`: after them one attempt is let through without it, where no challenge can be met. */
  | { readonly outcome: "challenge"; readonly seconds?: number }
  | { readonly outcome: "wait"; readonly seconds: number };

export const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** What the next attempt meets. Whoever has to wait has to, challenge or not. */
export function judge(
  attempts: Attempts | undefined,
  thresholds: Thresholds,
  hasMetChallenge: boolean,
  now: number,
): Verdict {
  const { failures, lastAt } = remembered(attempts, now);
  const waitMs = lastAt + waitAfter(failures, thresholds) - now;
  if (waitMs > 0) return { outcome: "wait", seconds: Math.ceil(waitMs / 1000) };
  if (failures < thresholds.challengeAfter || hasMetChallenge) return { outcome: "open" };
  if (thresholds.challengeLapsesMs === undefined) return { outcome: "challenge" };
  const lapsesInMs = lastAt + thresholds.challengeLapsesMs - now;
  return lapsesInMs > 0 ? { outcome: "challenge", seconds: Math.ceil(lapsesInMs / 1000) } : { outcome: "open" };
}

/** Judges an attempt and, where the way is open, counts it. A refused one changes nothing: knocking prolongs no wait. */
export function begin(
  attempts: Attempts | undefined,
  thresholds: Thresholds,
  hasMetChallenge: boolean,
  now: number,
): { readonly verdict: Verdict; readonly attempts: Attempts | undefined } {
  const verdict = judge(attempts, thresholds, hasMetChallenge, now);
  if (verdict.outcome !== "open") return { verdict, attempts };
  const { failures, lastAt } = remembered(attempts, now);
  return { verdict, attempts: { failures: failures + 1, lastAt: Math.max(lastAt, now) } };
}

/** The state without one attempt that turned out to be none, or to be right. */
export function takeBack(attempts: Attempts | undefined): Attempts | undefined {
  if (attempts === undefined || attempts.failures <= 1) return undefined;
  return { ...attempts, failures: attempts.failures - 1 };
}

function remembered(attempts: Attempts | undefined, now: number): Attempts {
  if (attempts === undefined || now - attempts.lastAt >= FORGOTTEN_AFTER_MS) return { failures: 0, lastAt: 0 };
  return attempts;
}

function waitAfter(failures: number, { waitAfter }: Thresholds): number {
  return failures < waitAfter ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (failures - waitAfter), LONGEST_WAIT_MS);
}
