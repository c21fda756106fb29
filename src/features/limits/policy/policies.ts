/**
 * The limits of the service, as data. The name of a policy is visible to clients. `core/contract/limit.ts` has the
 * costs of operations. overrides.ts bounds the changes that operators can make without a deploy.
 *
 * A bucket admits at most `capacity + refillPerSecond * s` tokens in any `s` seconds. A quota is a bucket that takes a
 * day, or 30 days, to fill, so there is no midnight at which all clients come back.
 */
import type { AttemptPolicy } from "#core/contract/limit.ts";
import type { Plan as PlanName } from "#core/contract/principal.ts";
import type { BucketPolicy, LoadPolicy, Policies, WindowPolicy } from "./policy.ts";

const DAY_SECONDS = 86_400;
const MONTH_SECONDS = 30 * DAY_SECONDS;

/** Most buckets fail open, and busy isolates lease their tokens. */
const usual = { mode: "leased", whenUnavailable: "open", shadow: false } as const;

function quota(name: string, capacity: number, seconds: number): BucketPolicy {
  return { name, capacity, refillPerSecond: capacity / seconds, ...usual };
}

/** What an account may use. */
export interface Plan {
  readonly rate: BucketPolicy;
  readonly quotas: readonly BucketPolicy[];
  /** Requests of the account that one isolate processes at a time. */
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

/** Requests without credentials or with bad ones, by address and by the IPv6 networks around it. */
export const ANONYMOUS = {
  host: { name: "anonymous", capacity: 90, refillPerSecond: 9, ...usual },
  "56": { name: "anonymous-56", capacity: 360, refillPerSecond: 36, ...usual },
  "48": { name: "anonymous-48", capacity: 1440, refillPerSecond: 144, ...usual },
} as const satisfies Record<string, BucketPolicy>;

/** Requests with credentials from one address, which many accounts may share. */
export const ADDRESS = {
  host: { name: "address", capacity: 3000, refillPerSecond: 1500, ...usual },
  "56": { name: "address-56", capacity: 6000, refillPerSecond: 3000, ...usual },
  "48": { name: "address-48", capacity: 12_000, refillPerSecond: 6000, ...usual },
} as const satisfies Record<string, BucketPolicy>;

/** Attempts to authenticate or to have a message sent, by address. If they cannot be counted, they are refused. */
export const ATTEMPTS = {
  login: { name: "login", limit: 60, windowSeconds: 60, whenUnavailable: "closed", shadow: false },
  token: { name: "token", limit: 120, windowSeconds: 60, whenUnavailable: "closed", shadow: false },
  "sign-up": { name: "sign-up", limit: 20, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
  confirm: { name: "confirm", limit: 30, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
  reset: { name: "reset", limit: 20, windowSeconds: 600, whenUnavailable: "closed", shadow: false },
} as const satisfies Record<AttemptPolicy, WindowPolicy>;

/**
 * The platform's own rate limiting, which each location counts by itself, in front of all buckets. wrangler.toml has the
 * same numbers.
 */
export const SHIELD = {
  name: "shield",
  limit: 20_000,
  windowSeconds: 10,
  whenUnavailable: "open",
  shadow: false,
} as const satisfies WindowPolicy;

/** The name, in responses and logs, of the limit on concurrent requests. */
export const CONCURRENT = "concurrent";

/** Anonymous requests of one address that one isolate processes at a time. */
export const ANONYMOUS_CONCURRENT = 120;

/**
 * How many metered requests one isolate processes at a time before it refuses more of a kind: expensive reads, other
 * reads, writes. An isolate has 128 MB, and a request takes some tens of kilobytes.
 */
export const LOAD = {
  lists: { name: "load-lists", inFlight: 1000, shadow: false },
  reads: { name: "load-reads", inFlight: 1500, shadow: false },
  writes: { name: "load-writes", inFlight: 2000, shadow: false },
} as const satisfies Record<string, LoadPolicy>;

/** The policies above by name. endpoint-limits.ts adds those that endpoints declare. */
export const POLICIES: Policies = new Map(
  [
    ...Object.values(PLANS).flatMap(({ rate, quotas }) => [rate, ...quotas]),
    ...Object.values(ANONYMOUS),
    ...Object.values(ADDRESS),
    ...Object.values(ATTEMPTS),
    ...Object.values(LOAD),
  ].map((policy) => [policy.name, policy]),
);
