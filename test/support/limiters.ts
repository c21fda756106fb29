/** Limiters without Durable Objects: one never refuses, one counts exactly in memory, one is unavailable. */
import type { Charge, Limiter, Standing } from "#features/limits/limiter.ts";
import { ATTEMPTS } from "#features/limits/policy/policies.ts";
import { isWindow, type LimitPolicy, limitOf, type WindowPolicy } from "#features/limits/policy/policy.ts";

/** Admits everything. */
export function admitAll(now: () => number): Limiter {
  const standings = async (charges: readonly Charge[]) =>
    charges.map(({ policy }) => standingOf(policy, { level: limitOf(policy), waitMs: 0, resetMs: now() }));
  return { charge: standings, peek: standings, refund: () => undefined };
}

/** Policies that count attempts. */
const ATTEMPT_POLICIES: ReadonlySet<string> = new Set(Object.values(ATTEMPTS).map(({ name }) => name));

/** Refuses all attempts for six minutes while `isRefusing` returns true, and nothing else. */
export function refuseAttempts(now: () => number, isRefusing: () => boolean = () => true): Limiter {
  const admitting = admitAll(now);
  return {
    ...admitting,
    charge: async (charges, context) => {
      const standings = await admitting.charge(charges, context);
      return standings.map((standing) =>
        isRefusing() && ATTEMPT_POLICIES.has(standing.policy)
          ? { ...standing, allowed: false, remaining: 0, retryAfterMs: 360_000 }
          : standing,
      );
    },
  };
}

/** Unavailable: each policy does what its `whenUnavailable` says. */
export function failingLimiter(): Limiter {
  const standings = async (charges: readonly Charge[]): Promise<Standing[]> =>
    charges.map(({ policy }) => ({
      ...standingOf(policy, { level: 0, waitMs: 0, resetMs: 0 }),
      allowed: policy.whenUnavailable === "open",
      source: "failed",
    }));
  return { charge: standings, peek: standings, refund: () => undefined };
}

interface Held {
  level: number;
  at: number;
  /** For a window: the time of each request. */
  times: number[];
}

export interface CountingLimiter extends Limiter {
  /** The calls in order, for example `charge default:1 free-day:1`. */
  readonly calls: string[];
}

/** Exact buckets and windows of the policies, in one place, on the given clock. */
export function countingLimiter(now: () => number): CountingLimiter {
  const held = new Map<string, Held>();
  const calls: string[] = [];
  const nameOf = ({ policy, key }: Charge) => `${policy.name} ${key}`;
  const note = (verb: string, charges: readonly Charge[]) =>
    calls.push([verb, ...charges.map(({ policy, cost }) => `${policy.name}:${cost}`)].join(" "));

  function current(charge: Charge): Held {
    const { policy } = charge;
    const before = held.get(nameOf(charge)) ?? { level: limitOf(policy), at: now(), times: [] };
    const gained = isWindow(policy) ? 0 : ((now() - before.at) / 1000) * policy.refillPerSecond;
    const times = isWindow(policy) ? before.times.filter((time) => time > now() - policy.windowSeconds * 1000) : [];
    const level = isWindow(policy) ? policy.limit - times.length : Math.min(policy.capacity, before.level + gained);
    const after = { level, at: now(), times };
    held.set(nameOf(charge), after);
    return after;
  }

  function standingAfter(charge: Charge, state: Held, isRefused: boolean): Standing {
    const { policy, cost } = charge;
    if (isWindow(policy)) {
      const spanMs = policy.windowSeconds * 1000;
      const resetMs = (state.times.at(-1) ?? now() - spanMs) + spanMs;
      const waitMs = isRefused ? (state.times[0] ?? now()) + spanMs - now() : 0;
      return standingOf(policy, { level: state.level, waitMs, resetMs });
    }
    const { capacity, refillPerSecond } = policy;
    const waitMs = isRefused ? ((cost - state.level) / refillPerSecond) * 1000 : 0;
    const resetMs = now() + ((capacity - state.level) / refillPerSecond) * 1000;
    return standingOf(policy, { level: state.level, waitMs, resetMs });
  }

  return {
    calls,
    async charge(charges) {
      note("charge", charges);
      const states = charges.map((charge) => ({ charge, state: current(charge) }));
      const isRefused = ({ charge, state }: { charge: Charge; state: Held }) => state.level + 1e-9 < charge.cost;
      const isAllowed = !states.some((each) => isRefused(each) && !each.charge.policy.shadow);
      return states.map((each) => {
        const { charge, state } = each;
        const refuses = isRefused(each);
        if (isAllowed && !refuses) {
          state.level -= charge.cost;
          if (isWindow(charge.policy)) state.times.push(...Array<number>(charge.cost).fill(now()));
        }
        return standingAfter(charge, state, refuses);
      });
    },
    async peek(charges) {
      note("peek", charges);
      return charges.map((charge) => standingAfter(charge, current(charge), false));
    },
    refund(charges) {
      note("refund", charges);
      for (const charge of charges) {
        const state = current(charge);
        state.level = Math.min(limitOf(charge.policy), state.level + charge.cost);
        state.times.splice(-charge.cost);
      }
    },
  };
}

interface BucketState {
  readonly level: number;
  readonly waitMs: number;
  readonly resetMs: number;
}

function standingOf(policy: LimitPolicy | WindowPolicy, { level, waitMs, resetMs }: BucketState): Standing {
  return {
    policy: policy.name,
    allowed: waitMs === 0,
    limit: limitOf(policy),
    remaining: Math.floor(level + 1e-9),
    resetMs,
    retryAfterMs: waitMs,
    source: "object",
  };
}
