/**
 * Counts consecutive failures, and decides whether the next attempt is allowed, needs a challenge, or has to wait. An
 * attempt counts as failed from its beginning, so parallel attempts cannot bypass the limit. No account is locked out
 * permanently. No I/O and no clock: `now` is passed in, in epoch milliseconds.
 */

export interface Attempts {
  /** Consecutive failures, attempts in progress included. */
  readonly failures: number;
  /** The time at which the last attempt began. */
  readonly lastAt: number;
}

export interface Thresholds {
  /** From this number of failures on, an attempt needs a solved challenge. */
  readonly challengeAfter: number;
  /** Without an available challenge: the time after the last attempt at which one more is allowed. */
  readonly challengeLapsesMs?: number;
  /** From this number of failures on, an attempt has to wait. Each failure doubles the wait. */
  readonly waitAfter: number;
}

export type Verdict =
  | { readonly outcome: "open" }
  /** `seconds`: if no challenge is configured, one attempt is allowed after this time. */
  | { readonly outcome: "challenge"; readonly seconds?: number }
  | { readonly outcome: "wait"; readonly seconds: number };

export const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** The verdict on the next attempt. A wait applies even if the challenge was solved. */
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

/**
 * Judges an attempt and, if it is allowed, counts it. A refused attempt changes nothing, so retries do not prolong a
 * wait.
 */
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

/** The state without one attempt that succeeded or did not take place. */
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
