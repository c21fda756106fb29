/**
 * The life of one idempotency key, as pure functions. At any time at most one attempt may go on: its number, the fence,
 * grows with each, and its lease ends long before the record does, so that a crash blocks nobody for long. Whoever goes
 * on after a lease that ran out is told so, and has to ask the database what became of the attempt before.
 * Times are epoch milliseconds.
 */

/** How long an attempt has before another one may take its place. */
export const LEASE_MS = 30_000;

/** How long a key is remembered from its first attempt on. */
export const LIFE_MS = 24 * 3_600_000;

interface Lived {
  /** The number of the latest attempt. */
  readonly fence: number;
  /** At this moment the key is as good as new. */
  readonly expiresAt: number;
}

export type IdempotencyState =
  | (Lived & {
      readonly state: "executing";
      readonly fingerprint: string;
      /** The first attempt of this life: what an earlier one has to say is about another request. */
      readonly firstFence: number;
      readonly leaseUntil: number;
    })
  | (Lived & {
      readonly state: "completed";
      readonly fingerprint: string;
      /** Encrypted. */
      readonly answer: Uint8Array;
    })
  /** The attempt is known to have done nothing. */
  | (Lived & { readonly state: "free" });

export type Verdict =
  | {
      readonly outcome: "execute";
      readonly fence: number;
      readonly expiresAt: number;
      /** Whether an earlier attempt may have taken effect, or may yet. */
      readonly isRetry: boolean;
    }
  | { readonly outcome: "replay"; readonly answer: Uint8Array; readonly fence: number; readonly expiresAt: number }
  | { readonly outcome: "in-progress" }
  | { readonly outcome: "mismatch" };

export interface Completion {
  readonly fence: number;
  /** Whether the attempt's effect is in the database, where only one attempt's can be. */
  readonly isCommitted: boolean;
  readonly answer: Uint8Array;
}

export interface Release {
  readonly fence: number;
  /** Whether it is certain that the attempt did nothing. */
  readonly isCertain: boolean;
}

/** Asks whether a request may go on. `state` is undefined for a key that nobody has used. */
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
 * Keeps the answer of an attempt. That of one whose place another has taken counts only if it committed: then it is the
 * only one that ever will.
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

/** Ends an attempt without an answer to keep. Where it may have done something, the key stays with its request. */
export function release(
  state: IdempotencyState | undefined,
  { fence, isCertain }: Release,
): IdempotencyState | undefined {
  if (state?.state !== "executing" || fence !== state.fence) return state;
  if (!isCertain) return { ...state, leaseUntil: 0 };
  return { state: "free", fence: state.fence, expiresAt: state.expiresAt };
}
