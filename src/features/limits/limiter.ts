/**
 * What the pipeline asks: may this request go on, by these policies? All or none: a refusal by one policy takes nothing
 * from the others. Guarantees each bucket's bound as long as its object can be reached; where it cannot, the policy says
 * whether requests pass, and the standing says "failed". What fails open then admits in each isolate as much as one
 * bucket would.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { type Account, bucketAccount } from "./account.ts";
import type { BucketRule, Lender } from "./lender.ts";
import { isWindow, type LimitPolicy, limitOf, type WindowPolicy } from "./policy.ts";
import type { Outcome } from "./teller.ts";
import { windowAccount } from "./window-account.ts";

export interface Charge {
  readonly policy: LimitPolicy | WindowPolicy;
  /** Whom the policy counts for; anything that fits into the name of a Durable Object. */
  readonly key: string;
  /** Whole tokens, 0 or more. What costs more than there can be waits for a full bucket. */
  readonly cost: number;
}

export interface Standing {
  readonly policy: string;
  readonly allowed: boolean;
  /** The capacity of a bucket, the limit of a window. */
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Epoch milliseconds at which all of it is there again. */
  readonly resetMs: number;
  /** 0 when allowed. Whoever waits that long is let in, unless somebody else with the same key came first. */
  readonly retryAfterMs: number;
  /** Who decided. "failed": nobody could, and the policy's `whenUnavailable` did; "alone": the isolate, meanwhile. */
  readonly source: "loan" | "object" | "remembered" | "failed" | "alone";
  /** What a window recorded it as, in epoch milliseconds of the window's clock. */
  readonly takenAt?: number | undefined;
}

/** What was charged. */
export interface Taken extends Charge {
  /** As the standing had it. */
  readonly takenAt: number | undefined;
}

/** What a limiter needs of a request's surroundings. */
export type LimitSurroundings = Pick<Surroundings, "objects" | "defer"> & {
  /** The platform's name for where the request arrived; undefined where it has none. */
  readonly location?: string | undefined;
};

export interface Limiter {
  /**
   * Takes every cost or none; the standings come in the order of the charges. Policies in shadow mode neither undo
   * others' takings nor are taken from when another policy refuses.
   */
  charge(charges: readonly Charge[], surroundings: LimitSurroundings): Promise<readonly Standing[]>;
  /** Gives back what was taken. Goes on after the answer. */
  refund(taken: readonly Taken[], surroundings: LimitSurroundings): void;
  /** How things stand, without taking anything: free, and never refused. */
  peek(charges: readonly Charge[], surroundings: LimitSurroundings): Promise<readonly Standing[]>;
}

/** Where buckets are found; by default among the Durable Objects. `isNear`: that of the request's location. */
export type FindLender = (name: string, isNear: boolean, surroundings: LimitSurroundings) => Lender;

/** What an isolate remembers at most; the oldest are forgotten first, and what they have been lent is lost. */
const MOST_ACCOUNTS = 10_000;

/** When to ask again where nobody could tell. */
const FAILED_RETRY_MS = 1000;

/** A limiter with an isolate's memory. `now` is the isolate's clock, in epoch milliseconds. */
export function createLimiter(now: () => number, findLender: FindLender): Limiter {
  const accounts = new Map<string, Account>();

  function accountOf({ policy, key }: Charge): Account {
    const name = bucketName(policy, key);
    const account = accounts.get(name) ?? (isWindow(policy) ? windowAccount() : bucketAccount(policy.mode));
    accounts.delete(name);
    accounts.set(name, account);
    const [oldest] = accounts.keys();
    if (accounts.size > MOST_ACCOUNTS && oldest !== undefined) accounts.delete(oldest);
    return account;
  }

  function open(charge: Charge, surroundings: LimitSurroundings) {
    const { policy, key } = charge;
    const doors = {
      now,
      lender: (isNear: boolean) => findLender(bucketName(policy, key), isNear, surroundings),
      defer: (work: Promise<unknown>) => surroundings.defer(work),
    };
    const rule = ruleOf(policy);
    return { charge, policy, rule, cost: Math.min(charge.cost, limitOf(policy)), account: accountOf(charge), doors };
  }

  function standing({ policy, rule, account }: ReturnType<typeof open>, outcome: Outcome | undefined): Standing {
    const { remaining, resetMs } = account.view(rule, now());
    const common = { policy: policy.name, limit: limitOf(policy), remaining, resetMs };
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
        return { ...common, ...alone.view, allowed: false, retryAfterMs: alone.waitMs, source: "alone" };
      }
    }
  }

  return {
    async charge(charges, surroundings) {
      const opened = charges.map((charge) => open(charge, surroundings));
      const foreseen = opened.map(({ account, rule, cost }) => account.foresee(rule, now(), cost));
      if (opened.some(({ policy }, index) => !policy.shadow && foreseen[index] !== undefined)) {
        return opened.map((one, index) => standing(one, foreseen[index]));
      }
      const outcomes = await Promise.all(
        opened.map(({ account, rule, cost, doors }) => account.draw(rule, cost, doors)),
      );
      const standings = () => opened.map((one, index) => standing(one, outcomes[index]));
      if (standings().some(({ allowed }, index) => !allowed && opened[index]?.policy.shadow !== true)) {
        opened.forEach(({ account, rule, cost, doors }, index) => {
          const outcome = outcomes[index];
          if (outcome?.kind === "taken") account.putBack(rule, cost, doors, outcome.at);
        });
      }
      return standings();
    },

    refund(taken, surroundings) {
      for (const charge of taken) {
        const { account, rule, cost, doors } = open(charge, surroundings);
        account.putBack(rule, cost, doors, charge.takenAt);
      }
    },

    async peek(charges, surroundings) {
      const opened = charges.map((charge) => open(charge, surroundings));
      const heard = await Promise.all(opened.map(({ account, rule, doors }) => account.look(rule, doors)));
      return opened.map((one, index) => {
        const found = standing(one, undefined);
        return heard[index] ? found : { ...found, source: "failed" as const };
      });
    },
  };
}

function ruleOf(policy: LimitPolicy | WindowPolicy): BucketRule {
  if (isWindow(policy)) return { capacity: policy.limit, refillPerSecond: policy.limit / policy.windowSeconds };
  const { capacity, refillPerSecond, isAssumed } = policy;
  return isAssumed === true ? { capacity, refillPerSecond, isAssumed } : { capacity, refillPerSecond };
}

/** What the object that counts for a policy and key is called. */
export function bucketName(policy: LimitPolicy | WindowPolicy, key: string): string {
  return `${policy.name}:${key}`;
}
