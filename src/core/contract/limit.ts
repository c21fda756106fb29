/**
 * The rate limits that an operation declares. `features/limits/` defines the shared policies and enforces all limits.
 */

/** Tokens by the work that a request causes. `free` takes nothing from the caller's limits. */
export const COSTS = { free: 0, read: 1, list: 2, search: 5, write: 5 } as const;

export type CostClass = keyof typeof COSTS;

/**
 * Policies that count the attempts of an IP address, shared by several endpoints. Each value describes the attempts in
 * words.
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

/** A limit of one endpoint, or of several that declare the same limit. Each request counts as 1. */
export type EndpointLimit = EndpointBucket | EndpointWindow;

interface DeclaredLimit {
  /** Lower-case words with hyphens. The limit's name in headers, problems, logs and overrides. */
  readonly name: string;
  /** Whose requests count together. With "account", an anonymous request counts for its IP address. */
  readonly per: "account" | "address";
  /** If the limit cannot be counted, requests pass ("open") or get 503 ("closed"). Default: "closed". */
  readonly whenUnavailable?: "open" | "closed";
  /** The limit is counted and logged, but not enforced. Default: false. */
  readonly shadow?: boolean;
}

/**
 * A token bucket: over any `s` seconds at most `capacity + refillPerSecond * s` requests. It must fill within 366 days.
 */
interface EndpointBucket extends DeclaredLimit {
  /** Whole requests, 1 to 100,000,000. */
  readonly capacity: number;
  /** Can be a fraction such as `10 / 86_400`. */
  readonly refillPerSecond: number;
}

/** A sliding window: at most `limit` requests in any `windowSeconds`. */
interface EndpointWindow extends DeclaredLimit {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Whole seconds, at most 366 days. */
  readonly windowSeconds: number;
}

/** "unmetered": takes no tokens and sends no limit headers. For responses that cost no more than a refusal. */
export type Limit =
  | "unmetered"
  | {
      /** A cost class, or a whole number of tokens. */
      readonly cost: CostClass | number;
      /**
       * Limits in addition to those of the caller's plan and address. If one of them refuses, the others take no
       * tokens.
       *
       * @example
       * limit: {
       *   cost: "write",
       *   also: [{ name: "exports-per-day", per: "account", limit: 10, windowSeconds: 86_400 }],
       * }
       */
      readonly also?: readonly (AttemptPolicy | EndpointLimit)[];
    };

/** The tokens of a declared cost, before the request's own parameters add more. */
export function tokensOf(cost: CostClass | number): number {
  return typeof cost === "number" ? cost : COSTS[cost];
}

/** The state of one limit. */
export interface LimitStanding {
  /** The name of the policy. */
  readonly policy: string;
  /** The maximum number of tokens. */
  readonly limit: number;
  /** The number of whole tokens left. */
  readonly remaining: number;
  /** When the limit is full again, in epoch milliseconds. */
  readonly resetMs: number;
}
