/**
 * The limiter charges a request to several policies at once: all costs are taken, or none. Each limit keeps its bound
 * as long as its object responds. Otherwise the policy decides whether requests pass. If a bucket fails open, each
 * isolate admits as much as one bucket would.
 */
import type { Account, Outcome } from "./isolate/account.ts";
import { type BucketMemory, createBucketMemory, openBucketAccount } from "./isolate/bucket-account.ts";
import { createWindowMemory, openWindowAccount, type WindowMemory } from "./isolate/window-account.ts";
import type { FindObject, LimitContext } from "./object/find-object.ts";
import { isWindow, type LimitPolicy, limitOf, objectName, windowRuleOf } from "./policy/policy.ts";

export interface Charge {
  readonly policy: LimitPolicy;
  /** What the policy counts by: an account or an address. Part of the name of a Durable Object. */
  readonly key: string;
  /** Whole tokens, 0 or more. A cost above the capacity takes a full bucket. */
  readonly cost: number;
}

/** The state of one limit after a charge, and whether the limit allows it. */
export interface Standing {
  readonly policy: string;
  readonly allowed: boolean;
  /** The capacity of a bucket, the limit of a window. */
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Epoch milliseconds at which the limit is full again. */
  readonly resetMs: number;
  /**
   * Milliseconds; 0 if allowed. After this wait the same charge is allowed, unless other requests with the key come
   * first.
   */
  readonly retryAfterMs: number;
  /** What decided. "failed": the policy's `whenUnavailable`, without a response; "alone": the isolate's fallback bucket. */
  readonly source: "lease" | "object" | "remembered" | "failed" | "alone";
  /** The time of a window's entries, in epoch milliseconds of the window's clock. */
  readonly takenAt?: number | undefined;
}

/** A charge that was taken, and the `takenAt` of its standing. */
export interface Taken extends Charge {
  readonly takenAt: number | undefined;
}

export interface Limiter {
  /**
   * Takes all costs or none, and returns the standings in the order of the charges. A policy in shadow mode refuses
   * nothing for the others; nothing is taken from it when another policy refuses.
   *
   * @example
   * const [standing] = await limiter.charge([{ policy: PLANS.free.rate, key: "user:user_01h…", cost: 5 }], context);
   * if (!standing?.allowed) throw refusalOf([standing]);
   */
  charge(charges: readonly Charge[], context: LimitContext): Promise<readonly Standing[]>;
  /** Gives back what was taken. Calls to objects continue after the response. */
  refund(taken: readonly Taken[], context: LimitContext): void;
  /** Reads the standings from the objects, without taking anything. */
  peek(charges: readonly Charge[], context: LimitContext): Promise<readonly Standing[]>;
}

/** The most buckets, and the most windows, that an isolate remembers. Leases of a forgotten bucket are lost. */
const MAX_REMEMBERED = 10_000;

/** The wait after a refusal by a policy that fails closed. */
const FAILED_RETRY_MS = 1000;

/** Creates the limiter of one isolate. `now` is its clock in epoch milliseconds. */
export function createLimiter(now: () => number, findObject: FindObject): Limiter {
  const buckets = new Map<string, BucketMemory>();
  const windows = new Map<string, WindowMemory>();

  function openAccount({ policy, key }: Charge, context: LimitContext): Account {
    const name = objectName(policy, key);
    const connection = {
      now,
      client: (useLocation: boolean) => findObject(name, useLocation, context),
      defer: (work: Promise<unknown>) => context.defer(work),
    };
    if (isWindow(policy)) {
      return openWindowAccount(remember(windows, name, createWindowMemory), windowRuleOf(policy), connection);
    }
    const { capacity, refillPerSecond, isAssumed, mode } = policy;
    const rule = isAssumed === true ? { capacity, refillPerSecond, isAssumed } : { capacity, refillPerSecond };
    return openBucketAccount(remember(buckets, name, createBucketMemory), rule, mode === "leased", connection);
  }

  function open(charge: Charge, context: LimitContext) {
    const { policy } = charge;
    return { policy, cost: Math.min(charge.cost, limitOf(policy)), account: openAccount(charge, context) };
  }

  return {
    async charge(charges, context) {
      const opened = charges.map((charge) => open(charge, context));
      const known = opened.map(({ account, cost }) => account.knownRefusal(cost));
      if (opened.some(({ policy }, index) => !policy.shadow && known[index] !== undefined)) {
        return opened.map(({ policy, account }, index) => standingOf(policy, account, known[index]));
      }
      const outcomes = await Promise.all(opened.map(({ account, cost }) => account.take(cost)));
      const standings = () => opened.map(({ policy, account }, index) => standingOf(policy, account, outcomes[index]));
      if (standings().some(({ allowed }, index) => !allowed && opened[index]?.policy.shadow !== true)) {
        for (const [index, { account, cost }] of opened.entries()) {
          const outcome = outcomes[index];
          if (outcome?.kind === "taken") account.giveBack(cost, outcome.at);
        }
      }
      return standings();
    },

    refund(taken, context) {
      for (const charge of taken) {
        const { account, cost } = open(charge, context);
        account.giveBack(cost, charge.takenAt);
      }
    },

    async peek(charges, context) {
      const opened = charges.map((charge) => open(charge, context));
      const hasResponded = await Promise.all(opened.map(({ account }) => account.refresh()));
      return opened.map(({ policy, account }, index) => {
        const standing = standingOf(policy, account, undefined);
        return hasResponded[index] ? standing : { ...standing, source: "failed" as const };
      });
    },
  };
}

function standingOf(policy: LimitPolicy, account: Account, outcome: Outcome | undefined): Standing {
  const common = { policy: policy.name, limit: limitOf(policy), ...account.state() };
  switch (outcome?.kind) {
    case undefined:
      return { ...common, allowed: true, retryAfterMs: 0, source: "remembered" };
    case "taken":
      return { ...common, allowed: true, retryAfterMs: 0, source: outcome.from, takenAt: outcome.at };
    case "refused":
      return { ...common, allowed: false, retryAfterMs: outcome.waitMs, source: outcome.by };
    case "failed": {
      const { alone } = outcome;
      if (policy.whenUnavailable === "closed") {
        return { ...common, allowed: false, retryAfterMs: FAILED_RETRY_MS, source: "failed" };
      }
      if (alone === undefined || alone.waitMs === 0) {
        return { ...common, allowed: true, retryAfterMs: 0, source: "failed" };
      }
      return { ...common, ...alone.state, allowed: false, retryAfterMs: alone.waitMs, source: "alone" };
    }
  }
}

/** The memory stored under `name`, or a new one. If there are too many, the least recently used one is dropped. */
function remember<Memory>(memories: Map<string, Memory>, name: string, create: () => Memory): Memory {
  const memory = memories.get(name) ?? create();
  memories.delete(name);
  memories.set(name, memory);
  const [oldest] = memories.keys();
  if (memories.size > MAX_REMEMBERED && oldest !== undefined) memories.delete(oldest);
  return memory;
}
