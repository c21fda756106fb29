/**
 * The limits of the service, as data. Each is named, and the name is on the wire; capacities are tokens, which
 * operations cost as `contract/limit.ts` says. What a deployment may change without a deploy, and how far, is in
 * overrides.ts.
 *
 * A bucket admits at most `capacity + refillPerSecond * s` tokens in any s seconds. A quota is a bucket that a day, or
 * 30 days, fills: it has no midnight at which everybody comes back.
 */
import type { AttemptPolicy } from "#core/contract/limit.ts";
import type { Plan as PlanName } from "#core/contract/principal.ts";
import type { LimitPolicy, LoadPolicy, WindowPolicy } from "./policy.ts";

const DAY_SECONDS = 86_400;
const MONTH_SECONDS = 30 * DAY_SECONDS;

/** What most buckets are: reads go on when a bucket cannot be asked, and a busy client is lent tokens. */
const usual = { mode: "lent", whenUnavailable: "open", shadow: false } as const;

function quota(name: string, capacity: number, seconds: number): LimitPolicy {
  return { name, capacity, refillPerSecond: capacity / seconds, ...usual };
}

/** What an account may use, by its plan. */
export interface Plan {
  readonly rate: LimitPolicy;
  readonly quotas: readonly LimitPolicy[];
  /** Requests of the account that one isolate works on at a time. */
  readonly concurrent: number;
}

export const PLANS = {
  free: {
    rate: { name: "default", capacity: 100, refillPerSecond: 10, ...usual },
    quotas: [quota("free-day", 50_000, DAY_SECONDS), quota("free-month", 1_000_000, MONTH_SECONDS)],
    concurrent: 200,
  },
  pro: {
    rate: { name: "pro", capacity: 1000, refillPerSecond: 100, ...usual },
    quotas: [quota("pro-day", 1_000_000, DAY_SECONDS), quota("pro-month", 20_000_000, MONTH_SECONDS)],
    concurrent: 2000,
  },
  internal: {
    rate: { name: "internal", capacity: 2000, refillPerSecond: 1000, ...usual },
    quotas: [quota("internal-day", 50_000_000, DAY_SECONDS), quota("internal-month", 1_000_000_000, MONTH_SECONDS)],
    concurrent: 4000,
  },
} as const satisfies Record<PlanName, Plan>;

/** Callers without credentials, and whoever sends bad ones: by address, and by what a site may own around it. */
export const ANONYMOUS = {
  host: { name: "anonymous", capacity: 90, refillPerSecond: 9, ...usual },
  "56": { name: "anonymous-56", capacity: 360, refillPerSecond: 36, ...usual },
  "48": { name: "anonymous-48", capacity: 1440, refillPerSecond: 144, ...usual },
} as const satisfies Record<string, LimitPolicy>;

/** All callers of one address that say who they are: many may be behind it. */
export const ADDRESS = {
  host: { name: "address", capacity: 3000, refillPerSecond: 1500, ...usual },
  "56": { name: "address-56", capacity: 6000, refillPerSecond: 3000, ...usual },
  "48": { name: "address-48", capacity: 12_000, refillPerSecond: 6000, ...usual },
} as const satisfies Record<string, LimitPolicy>;

/** Attempts of an address to become somebody. Counted one by one; where they cannot be counted, none is made. */
export const ATTEMPTS = {
  login: { name: "login", limit: 60, windowSeconds: 60, whenUnavailable: "closed", shadow: false },
  token: { name: "token", limit: 120, windowSeconds: 60, whenUnavailable: "closed", shadow: false },
  "sign-up": { name: "sign-up", limit: 20, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
  confirm: { name: "confirm", limit: 30, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
  reset: { name: "reset", limit: 20, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
} as const satisfies Record<AttemptPolicy, WindowPolicy>;

/**
 * The platform's own rate limiting, in front of all buckets: counted in each location for itself. wrangler.toml has the
 * same numbers.
 */
export const SHIELD = {
  name: "shield",
  limit: 20_000,
  windowSeconds: 10,
  whenUnavailable: "open",
  shadow: false,
} as const satisfies WindowPolicy;

/** The policy, on the wire alone, of requests that are worked on at the same time. */
export const CONCURRENT = "concurrent";

/** How many anonymous requests of one address an isolate works on at a time. */
export const ANONYMOUS_CONCURRENT = 120;

/**
 * How many metered requests one isolate works on at a time before it turns away more of a kind: what answers with many
 * rows, other reads, writes. An isolate has 128 MB, and a request of the service takes some tens of kilobytes.
 */
export const LOAD = {
  lists: { name: "load-lists", inFlight: 1000, shadow: false },
  reads: { name: "load-reads", inFlight: 1500, shadow: false },
  writes: { name: "load-writes", inFlight: 2000, shadow: false },
} as const satisfies Record<string, LoadPolicy>;

/** Every policy by its name. */
export const POLICIES: ReadonlyMap<string, LimitPolicy | WindowPolicy | LoadPolicy> = new Map(
  [
    ...Object.values(PLANS).flatMap(({ rate, quotas }) => [rate, ...quotas]),
    ...Object.values(ANONYMOUS),
    ...Object.values(ADDRESS),
    ...Object.values(ATTEMPTS),
    ...Object.values(LOAD),
  ].map((policy) => [policy.name, policy]),
);
