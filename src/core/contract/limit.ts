/**
 * What a request takes from the caller's limits. Each operation declares it; `features/limits/` has the numbers of the
 * shared policies and enforces all of them.
 */

/** Tokens by the work that a request causes. `free` takes nothing from the caller's own limits. */
export const COSTS = { free: 0, read: 1, list: 2, search: 5, write: 5 } as const;

export type CostClass = keyof typeof COSTS;

/**
 * Policies shared by several endpoints, which count the attempts of an address. Each with what it counts attempts at, in words.
 */
export const ATTEMPT_POLICIES = {
  login: "to sign in",
  token: "to get a token",
  "sign-up": "to sign up",
  confirm: "to confirm an email address",
  reset: "to set a new password",
} as const;

export type AttemptPolicy = keyof typeof ATTEMPT_POLICIES;

export function isAttemptPolicy(name: string): name is AttemptPolicy {
  return Object.hasOwn(ATTEMPT_POLICIES, name);
}

/** A limit of one endpoint, or of a few that declare the same one. Each request counts as 1. */
export type EndpointLimit = EndpointBucket | EndpointWindow;

interface DeclaredLimit {
  /** Lower-case words with hyphens. The name of the limit in headers, problems, logs and overrides. */
  readonly name: string;
  /** Whose requests count together. With "account", an anonymous request counts for its address. */
  readonly per: "account" | "address";
  /** While the limit cannot be counted, requests pass ("open") or get 503 ("closed"). Default: "closed". */
  readonly whenUnavailable?: "open" | "closed";
  /** Counted and logged, but never enforced. Default: false. */
  readonly shadow?: boolean;
}

/** A token bucket: over any `s` seconds at most `capacity + refillPerSecond * s` requests. It fills within 366 days. */
interface EndpointBucket extends DeclaredLimit {
  /** Whole requests, 1 to 100,000,000. */
  readonly capacity: number;
  /** May be a fraction such as `10 / 86_400`. */
  readonly refillPerSecond: number;
}

/** A sliding window: never more than `limit` requests in any `windowSeconds`. */
interface EndpointWindow extends DeclaredLimit {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Whole seconds, at most 366 days. */
  readonly windowSeconds: number;
}

/** "unmetered": takes nothing and has no headers, for responses that cost no more than a refusal. */
export type Limit =
  | "unmetered"
  | {
      /** A class, or a whole number of tokens. */
      readonly cost: CostClass | number;
      /**
       * Further limits beside those of the caller's plan and address. If one of them refuses, the others lose nothing.
       *
       * @example
       * limit: {
       *   cost: "write",
       *   also: [{ name: "exports-per-day", per: "account", limit: 10, windowSeconds: 86_400 }],
       * }
       */
      readonly also?: readonly (AttemptPolicy | EndpointLimit)[];
    };

/** The tokens of a declared cost, before what the request itself adds. */
export function tokensOf(cost: CostClass | number): number {
  return typeof cost === "number" ? cost : COSTS[cost];
}

/** The state of one limit. */
export interface LimitStanding {
  /** The policy's name. */
  readonly policy: string;
  /** The most tokens it can hold. */
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** When the limit is full again, in epoch milliseconds. */
  readonly resetMs: number;
}
