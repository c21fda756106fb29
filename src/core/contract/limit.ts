/**
 * What a request takes of the limits of whoever sends it. Each operation declares it; how much there is to take, and
 * what happens when it is used up, is the business of `limits/`.
 */

/**
 * Tokens by what a request makes the service do. `free` takes nothing of the caller's own, so that asking how the
 * limits stand does not change them.
 */
export const COSTS = { free: 0, read: 1, list: 2, search: 5, write: 5 } as const;

export type CostClass = keyof typeof COSTS;

/** Policies that count attempts of an address, whoever it tries to be: attempts at what, in words. */
export const ATTEMPT_POLICIES = {
  login: "to log in",
  token: "to get a token",
  "sign-up": "to sign up",
  confirm: "to confirm an e-mail address",
  reset: "to set a new password",
} as const;

export type AttemptPolicy = keyof typeof ATTEMPT_POLICIES;

export function isAttemptPolicy(name: string): name is AttemptPolicy {
  return Object.hasOwn(ATTEMPT_POLICIES, name);
}

/** "unmetered": takes nothing and tells nothing, for what costs no more to give than to refuse. */
export type Limit =
  | "unmetered"
  | {
      /** A class, or a whole number of tokens. */
      readonly cost: CostClass | number;
      /** Beside the caller's own limits: each request is an attempt of its address. */
      readonly policy?: AttemptPolicy;
    };

/** The tokens of a limit's cost, before what the request itself asks for beyond it. */
export function tokensOf(cost: CostClass | number): number {
  return typeof cost === "number" ? cost : COSTS[cost];
}

/** How one limit stands. */
export interface LimitStanding {
  /** The policy's name. */
  readonly policy: string;
  /** Tokens there can be at most. */
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** When there are as many as there can be, in epoch milliseconds. */
  readonly resetMs: number;
}
