/**
 * The state of one idempotency key, as pure functions. At most one attempt may execute at a time. Its fencing number
 * grows with each attempt, and its lease ends long before the record, so a crash blocks retries only briefly. An
 * attempt that follows an expired lease is marked as a retry, and must check in the database what the earlier attempt
 * did. Times are epoch milliseconds.
 */

/** The time after which another attempt may replace an unfinished one. */
export const LEASE_MS = 30_000;

/** The lifetime of a key, from its first attempt. */
export const LIFE_MS = 24 * 3_600_000;

interface Lived {
  /** The number of the latest attempt. */
  readonly fence: number;
  /** From this time on the key counts as unused. */
  readonly expiresAt: number;
}

export type IdempotencyState =
  | (Lived & {
      readonly state: "executing";
      readonly fingerprint: string;
      /** The first attempt of this record. Results of earlier attempts belong to another request. */
      readonly firstFence: number;
      readonly leaseUntil: number;
    })
  | (Lived & {
      readonly state: "completed";
      readonly fingerprint: string;
      /** Encrypted. */
      readonly answer: Uint8Array;
    })
  /** The attempt certainly had no effect. */
  | (Lived & { readonly state: "free" });

export type Verdict =
  | {
      readonly outcome: "execute";
      readonly fence: number;
      readonly expiresAt: number;
      /** Whether an earlier attempt may have had an effect, or may still have one. */
      readonly isRetry: boolean;
    }
  | { readonly outcome: "replay"; readonly answer: Uint8Array; readonly fence: number; readonly expiresAt: number }
  | { readonly outcome: "in-progress" }
  | { readonly outcome: "mismatch" };

export interface Completion {
  readonly fence: number;
  /** Whether the effect of the attempt is committed. The database allows only one attempt to commit. */
  readonly isCommitted: boolean;
  readonly answer: Uint8Array;
}

export interface Release {
  readonly fence: number;
  /** Whether the attempt certainly had no effect. */
  readonly isCertain: boolean;
}

/** Decides whether a request may execute. `state` is undefined for an unused key. */
export function claim(
  state: IdempotencyState | undefined,
  fingerprint: string,
  now: number,
): { readonly verdict: Verdict; readonly state: IdempotencyState } {
  const fence = (state?.fence ?? 0) + 1;
  const leaseUntil = now + LEASE_MS;
  if (state === undefined || state.state === "free" || state.expiresAt <= now) {
    const expiresAt = now + LIFE_MS;
    return {
      verdict: { outcome: "execute", fence, expiresAt, isRetry: false },
      state: { state: "executing", fingerprint, fence, firstFence: fence, leaseUntil, expiresAt },
    };
  }
  const { expiresAt } = state;
  if (state.fingerprint !== fingerprint) return { verdict: { outcome: "mismatch" }, state };
  if (state.state === "completed") {
    return { verdict: { outcome: "replay", answer: state.answer, fence: state.fence, expiresAt }, state };
  }
  if (state.leaseUntil > now) return { verdict: { outcome: "in-progress" }, state };
  return {
    verdict: { outcome: "execute", fence, expiresAt, isRetry: true },
    state: { ...state, fence, leaseUntil },
  };
}

/**
 * Stores the response of an attempt. A replaced attempt counts only if it committed, because then no other attempt can.
 */
export function complete(
  state: IdempotencyState | undefined,
  { fence, isCommitted, answer }: Completion,
): IdempotencyState | undefined {
  if (state?.state !== "executing" || fence > state.fence) return state;
  const counts = fence === state.fence || (isCommitted && fence >= state.firstFence);
  if (!counts) return state;
  return { state: "completed", fingerprint: state.fingerprint, fence: state.fence, expiresAt: state.expiresAt, answer };
}

/** Ends an attempt without a response to store. If it may have had an effect, the key stays bound to its request. */
export function release(
  state: IdempotencyState | undefined,
  { fence, isCertain }: Release,
): IdempotencyState | undefined {
  if (state?.state !== "executing" || fence !== state.fence) return state;
  if (!isCertain) return { ...state, leaseUntil: 0 };
  return { state: "free", fence: state.fence, expiresAt: state.expiresAt };
}
