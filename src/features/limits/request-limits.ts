/**
 * The limits of one request: what it was charged, and their state. A refusal takes nothing, whichever stage refuses:
 * earlier charges are given back. A policy in shadow mode appears in the log, but not in responses.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import type { ShownLimit } from "./headers.ts";
import type { Limiter, Standing } from "./limiter.ts";
import type { ChargeGroup, RequestCharge } from "./policy/charges.ts";
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

/** The order in which responses show limits. The first one is the caller's own. */
const GROUPS: readonly ChargeGroup[] = ["principal", "address", "endpoint"];

export class RequestLimits {
  readonly #limiter: Limiter;
  readonly #alarms: RefusalAlarms;
  readonly #resolvePolicy: ResolvePolicy;
  readonly #surroundings: Surroundings;
  /** The latest charges first. */
  #entries: readonly Entry[] = [];
  /** The refusal of a limit in front of all buckets. Nothing else is known then. */
  #front: ShownLimit | undefined;

  constructor(limiter: Limiter, alarms: RefusalAlarms, resolvePolicy: ResolvePolicy, surroundings: Surroundings) {
    this.#limiter = limiter;
    this.#alarms = alarms;
    this.#resolvePolicy = resolvePolicy;
    this.#surroundings = surroundings;
  }

  get isCharged(): boolean {
    return this.#front !== undefined || this.#entries.length > 0;
  }

  /**
   * Charges all of them or none. Charges without a cost only read the state.
   *
   * @throws quota-exceeded, service-unavailable; then nothing of the request remains charged
   */
  async charge(charges: readonly RequestCharge[]): Promise<void> {
    const refusals = await this.tryCharge(charges);
    if (refusals.length === 0) return;
    this.giveBackAll();
    throw refusalOf(refusals);
  }

  /** Charges all of them, or none and returns the standings that refuse. */
  async tryCharge(requested: readonly RequestCharge[]): Promise<readonly Standing[]> {
    const charges = requested.map((charge) => ({ ...charge, policy: this.#resolvePolicy(charge.policy) }));
    const free = charges.filter(({ cost }) => cost === 0);
    const costly = charges.filter(({ cost }) => cost > 0);
    const [read, taken] = await Promise.all([this.#ask("peek", free), this.#ask("charge", costly)]);
    const entries = [...read, ...taken];
    const refusals = taken.filter(({ charge, standing }) => !standing.allowed && !charge.policy.shadow);
    for (const entry of taken) {
      entry.isTaken = refusals.length === 0 && entry.standing.allowed && entry.standing.source !== "failed";
    }
    this.#entries = [...entries, ...this.#entries];
    this.#log(entries);
    return refusals.map(({ standing }) => standing);
  }

  async #ask(method: "charge" | "peek", charges: readonly RequestCharge[]): Promise<Entry[]> {
    if (charges.length === 0) return [];
    const standings = await this.#limiter[method](charges, this.#surroundings);
    return charges.flatMap((charge, index) => {
      const standing = standings[index];
      return standing === undefined ? [] : [{ charge, standing, isTaken: false }];
    });
  }

  giveBackAll(): void {
    for (const group of GROUPS) this.giveBack(group);
  }

  /** Gives back the taken charges of a group, except for `keptTokens` of each. */
  giveBack(group: ChargeGroup, keptTokens = 0): void {
    const entries = this.#entries.filter(
      ({ isTaken, charge }) => isTaken && charge.group === group && charge.cost > keptTokens,
    );
    if (entries.length === 0) return;
    const returned = entries.map(({ charge, standing: { takenAt } }) => ({
      ...charge,
      cost: charge.cost - keptTokens,
      takenAt,
    }));
    this.#limiter.refund(returned, this.#surroundings);
    for (const entry of entries) {
      entry.isTaken = false;
      entry.standing = refundedStanding(entry, keptTokens, this.#surroundings.now);
    }
  }

  /** Records the refusal of a limit in front of all buckets. */
  recordFrontRefusal(limit: ShownLimit): void {
    this.#front = limit;
    this.recordRefusal(limit.policy.name, this.#surroundings.address);
  }

  /** Records a refusal in the log, and for the alarm. */
  recordRefusal(policy: string, key: string): void {
    const { log, now } = this.#surroundings;
    log["limit.refused"] = appendName(log["limit.refused"], policy);
    if (this.#alarms.countRefusal(`${policy} ${key}`, now)) log["limit.alarm"] = policy;
  }

  /** The limits that headers show. A limit whose object did not respond is left out. */
  get shown(): readonly ShownLimit[] {
    if (this.#front !== undefined) return [this.#front];
    return this.#known().map(({ charge, standing }) => ({ ...standing, policy: charge.policy }));
  }

  get standings(): readonly LimitStanding[] {
    return this.#known().map(({ charge: { policy }, standing: { remaining, resetMs } }) => ({
      policy: policy.name,
      limit: limitOf(policy),
      remaining,
      resetMs,
    }));
  }

  #known(): readonly Entry[] {
    const known = this.#entries.filter(({ charge, standing }) => !charge.policy.shadow && standing.source !== "failed");
    return GROUPS.flatMap((group) => known.filter(({ charge }) => charge.group === group));
  }

  #log(entries: readonly Entry[]): void {
    const { log } = this.#surroundings;
    const [primary] = entries;
    if (primary !== undefined) log["limit.source"] = loggedSource(primary.standing);
    for (const { charge, standing } of entries) {
      const { name, shadow } = charge.policy;
      if (shadow && !standing.allowed) log["limit.shadow"] = appendName(log["limit.shadow"], name);
      else {
        const isFailed = standing.source === "failed" || standing.source === "alone";
        if (isFailed) log["limit.failed"] = appendName(log["limit.failed"], name);
        if (!standing.allowed && standing.source !== "failed") this.recordRefusal(name, charge.key);
      }
    }
  }
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
