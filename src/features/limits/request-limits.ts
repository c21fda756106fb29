/**
 * The limits of one request: what it was charged, and their state. A refusal takes nothing, whichever stage refuses:
 * earlier charges are given back. A policy in shadow mode appears in the log, but not in responses.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import type { ShownLimit } from "./headers.ts";
import type { Limiter, Standing } from "./limiter.ts";
import { type ChargeGroup, GROUPS, type RequestCharge } from "./policy/charges.ts";
import type { ResolvePolicy } from "./policy/overrides.ts";
import { isWindow, limitOf } from "./policy/policy.ts";
import type { RefusalAlarms } from "./refusal-alarms.ts";
import { refusalOf } from "./refusals.ts";

interface Entry {
  readonly charge: RequestCharge;
  standing: Standing;
  /** Whether the charge is taken and not given back. */
  isTaken: boolean;
}

export interface RequestLimits {
  isCharged(): boolean;
  /**
   * Charges all of them or none. Charges without a cost only read the state.
   *
   * @throws quota-exceeded, service-unavailable; then nothing of the request remains charged
   */
  charge(charges: readonly RequestCharge[]): Promise<void>;
  /** Charges all of them, or none. Returns the standings that refuse. */
  tryCharge(charges: readonly RequestCharge[]): Promise<readonly Standing[]>;
  /** Gives back the taken charges of a group, except for `keptTokens` (default 0) of each. */
  giveBack(group: ChargeGroup, keptTokens?: number): void;
  giveBackAll(): void;
  /** Records the refusal of a limit in front of all buckets. Responses then show only that limit. */
  recordFrontRefusal(limit: ShownLimit): void;
  /** Records a refusal in the log, and for the alarm. */
  recordRefusal(policy: string, key: string): void;
  /** The limits that headers show, the caller's own first. A limit whose object did not respond is left out. */
  shown(): readonly ShownLimit[];
  standings(): readonly LimitStanding[];
}

export function createRequestLimits(
  limiter: Limiter,
  alarms: RefusalAlarms,
  resolvePolicy: ResolvePolicy,
  context: RequestContext,
): RequestLimits {
  const { log, now } = context;
  /** The latest charges first. */
  let entries: readonly Entry[] = [];
  let front: ShownLimit | undefined;

  async function chargeOrRead(method: "charge" | "peek", charges: readonly RequestCharge[]): Promise<Entry[]> {
    if (charges.length === 0) return [];
    const standings = await limiter[method](charges, context);
    return charges.flatMap((charge, index) => {
      const standing = standings[index];
      return standing === undefined ? [] : [{ charge, standing, isTaken: false }];
    });
  }

  async function tryCharge(requested: readonly RequestCharge[]): Promise<readonly Standing[]> {
    const charges = requested.map((charge) => ({ ...charge, policy: resolvePolicy(charge.policy) }));
    const free = charges.filter(({ cost }) => cost === 0);
    const costly = charges.filter(({ cost }) => cost > 0);
    const [read, charged] = await Promise.all([chargeOrRead("peek", free), chargeOrRead("charge", costly)]);
    const refusals = charged.filter(({ charge, standing }) => !standing.allowed && !charge.policy.shadow);
    for (const entry of charged) {
      entry.isTaken = refusals.length === 0 && entry.standing.allowed && entry.standing.source !== "failed";
    }
    logEntries([...read, ...charged]);
    entries = [...read, ...charged, ...entries];
    return refusals.map(({ standing }) => standing);
  }

  function giveBack(group: ChargeGroup, keptTokens = 0): void {
    const given = entries.filter(
      ({ isTaken, charge }) => isTaken && charge.group === group && charge.cost > keptTokens,
    );
    if (given.length === 0) return;
    const taken = given.map(({ charge, standing: { takenAt } }) => ({
      ...charge,
      cost: charge.cost - keptTokens,
      takenAt,
    }));
    limiter.refund(taken, context);
    for (const entry of given) {
      entry.isTaken = false;
      entry.standing = refundedStanding(entry, keptTokens, now);
    }
  }

  function giveBackAll(): void {
    for (const group of GROUPS) giveBack(group);
  }

  function recordRefusal(policy: string, key: string): void {
    log["limit.refused"] = appendName(log["limit.refused"], policy);
    if (alarms.countRefusal(`${policy} ${key}`, now)) log["limit.alarm"] = policy;
  }

  function logEntries(added: readonly Entry[]): void {
    const [primary] = added;
    if (primary !== undefined) log["limit.source"] = loggedSource(primary.standing);
    for (const { charge, standing } of added) {
      const { name, shadow } = charge.policy;
      if (shadow && !standing.allowed) log["limit.shadow"] = appendName(log["limit.shadow"], name);
      else {
        const isFailed = standing.source === "failed" || standing.source === "alone";
        if (isFailed) log["limit.failed"] = appendName(log["limit.failed"], name);
        if (!standing.allowed && standing.source !== "failed") recordRefusal(name, charge.key);
      }
    }
  }

  function shown(): readonly ShownLimit[] {
    if (front !== undefined) return [front];
    const known = entries.filter(({ charge, standing }) => !charge.policy.shadow && standing.source !== "failed");
    return GROUPS.flatMap((group) => known.filter(({ charge }) => charge.group === group)).map(
      ({ charge: { policy }, standing }) => ({ ...standing, policy }),
    );
  }

  return {
    tryCharge,
    giveBack,
    giveBackAll,
    recordRefusal,
    shown,
    isCharged: () => front !== undefined || entries.length > 0,
    async charge(charges) {
      const refusals = await tryCharge(charges);
      if (refusals.length === 0) return;
      giveBackAll();
      throw refusalOf(refusals);
    },
    recordFrontRefusal(limit) {
      front = limit;
      recordRefusal(limit.policy.name, context.address);
    },
    standings: () =>
      shown().map(({ policy, remaining, resetMs }) => ({
        policy: policy.name,
        limit: limitOf(policy),
        remaining,
        resetMs,
      })),
  };
}

function appendName(names: string | undefined, name: string): string {
  return names === undefined ? name : `${names} ${name}`;
}

/** Programs that read the log know a lease as `loan`. */
function loggedSource({ source }: Standing): string {
  return source === "lease" ? "loan" : source;
}

/** The standing after the charge is given back, except for the kept tokens. */
function refundedStanding({ charge, standing }: Entry, keptTokens: number, now: number): Standing {
  const { policy } = charge;
  const cost = charge.cost - keptTokens;
  const refillMs = isWindow(policy) ? 0 : (cost / policy.refillPerSecond) * 1000;
  const remaining = Math.min(limitOf(policy), standing.remaining + cost);
  return { ...standing, remaining, resetMs: Math.max(now, standing.resetMs - refillMs) };
}
