/**
 * The limits of one request: what it was charged, and how they stand. A refusal consumes nothing, whichever stage it
 * comes from: what an earlier stage took is given back. A policy that is only watched refuses nobody and is told to
 * nobody; the log has it.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import type { Alarms } from "./alarm.ts";
import type { ShownLimit } from "./headers.ts";
import type { Charge, Limiter, Standing } from "./limiter.ts";
import type { InForce } from "./overrides.ts";
import { isWindow, type LimitPolicy, limitOf, type WindowPolicy } from "./policy.ts";
import { refusalOf } from "./refusal.ts";

interface Entry {
  readonly charge: Charge;
  standing: Standing;
  /** Whether the charge was taken, and not given back. */
  isTaken: boolean;
}

/** Whose limits: those of the address come first in time, those of the caller first in telling. */
export type Owner = "address" | "principal";

export class Meter {
  readonly #limiter: Limiter;
  readonly #alarms: Alarms;
  readonly #inForce: InForce;
  readonly #surroundings: Surroundings;
  readonly #entries: Record<Owner, Entry[]> = { address: [], principal: [] };
  /** A limit that no bucket keeps: told where nothing else is known. */
  #front: ShownLimit | undefined;

  constructor(limiter: Limiter, alarms: Alarms, inForce: InForce, surroundings: Surroundings) {
    this.#limiter = limiter;
    this.#alarms = alarms;
    this.#inForce = inForce;
    this.#surroundings = surroundings;
  }

  /** Whether anything was charged. */
  get isCharged(): boolean {
    return this.#front !== undefined || this.#entries.address.length > 0;
  }

  /**
   * Charges all of them or none. Those of `owner` that were charged before are kept behind them.
   *
   * @throws quota-exceeded, service-unavailable; nothing of the request remains charged then
   */
  async charge(owner: Owner, charges: readonly Charge[]): Promise<void> {
    const refusals = await this.tryCharge(owner, charges);
    if (refusals.length === 0) return;
    this.giveBack("address");
    this.giveBack("principal");
    throw refusalOf(refusals);
  }

  /** The same for what may be answered in any case: gives the standings that refuse, if any. Then nothing is taken. */
  async tryCharge(owner: Owner, charges: readonly Charge[]): Promise<readonly Standing[]> {
    const inForce = charges.map((charge) => ({ ...charge, policy: this.#inForce(charge.policy) }));
    const [asked, taken] = await Promise.all([
      this.#settle(
        "peek",
        inForce.filter(({ cost }) => cost === 0),
      ),
      this.#settle(
        "charge",
        inForce.filter(({ cost }) => cost > 0),
      ),
    ]);
    const entries = [...asked, ...taken];
    const refusals = taken.filter(({ charge, standing }) => !standing.allowed && !charge.policy.shadow);
    for (const entry of taken)
      entry.isTaken = refusals.length === 0 && entry.standing.allowed && entry.standing.source !== "failed";
    this.#entries[owner] = [...entries, ...this.#entries[owner]];
    this.#note(entries);
    return refusals.map(({ standing }) => standing);
  }

  /** What costs nothing is asked for, so that it is told as it is and not as this isolate remembers it. */
  async #settle(verb: "charge" | "peek", charges: readonly Charge[]): Promise<Entry[]> {
    if (charges.length === 0) return [];
    const standings = await this.#limiter[verb](charges, this.#surroundings);
    return charges.flatMap((charge, index) => {
      const standing = standings[index];
      return standing === undefined ? [] : [{ charge, standing, isTaken: false }];
    });
  }

  /** Gives back what was taken of `owner`'s limits, but for `kept` tokens of each. */
  giveBack(owner: Owner, kept = 0): void {
    const entries = this.#entries[owner].filter(({ isTaken, charge }) => isTaken && charge.cost > kept);
    if (entries.length === 0) return;
    const returned = entries.map(({ charge, standing: { takenAt } }) => ({
      ...charge,
      cost: charge.cost - kept,
      takenAt,
    }));
    this.#limiter.refund(returned, this.#surroundings);
    for (const entry of entries) {
      entry.isTaken = false;
      entry.standing = refunded(entry, kept, this.#surroundings.now);
    }
  }

  /** Tells of a limit in front of all buckets, that has just refused. */
  refuseInFront(limit: ShownLimit): void {
    this.#front = limit;
    this.noteRefusal(limit.policy.name, this.#surroundings.address);
  }

  /** For the log, and for the alarm that repeated refusals raise. */
  noteRefusal(policy: string, key: string): void {
    const { log, now } = this.#surroundings;
    log["limit.refused"] = joined(log["limit.refused"], policy);
    if (this.#alarms.refused(`${policy} ${key}`, now)) log["limit.alarm"] = policy;
  }

  /** What the client is told: the caller's own first. Of a limit that could not be asked nothing is known. */
  get shown(): readonly ShownLimit[] {
    if (this.#front !== undefined) return [this.#front];
    return this.#known().map(({ charge, standing }) => ({ ...standing, policy: charge.policy }));
  }

  get standings(): readonly LimitStanding[] {
    return this.#known().map(({ charge, standing: { remaining, resetMs } }) => ({
      policy: charge.policy.name,
      limit: limitOf(charge.policy),
      remaining,
      resetMs,
    }));
  }

  #known(): Entry[] {
    const { principal, address } = this.#entries;
    const entries = [...principal, ...address];
    return entries.filter(({ charge, standing }) => !charge.policy.shadow && standing.source !== "failed");
  }

  #note(entries: readonly Entry[]): void {
    const { log } = this.#surroundings;
    const [primary] = entries;
    if (primary !== undefined) log["limit.source"] = primary.standing.source;
    for (const { charge, standing } of entries) {
      const { name, shadow } = charge.policy;
      if (shadow && !standing.allowed) log["limit.shadow"] = joined(log["limit.shadow"], name);
      else {
        const isFailed = standing.source === "failed" || standing.source === "alone";
        if (isFailed) log["limit.failed"] = joined(log["limit.failed"], name);
        if (!standing.allowed && standing.source !== "failed") this.noteRefusal(name, charge.key);
      }
    }
  }
}

function joined(names: string | undefined, name: string): string {
  return names === undefined ? name : `${names} ${name}`;
}

/** As it stands when what it was charged is back, but for what is kept. */
function refunded({ charge, standing }: Entry, kept: number, now: number): Standing {
  const { policy } = charge;
  const cost = charge.cost - kept;
  const remaining = Math.min(limitOf(policy), standing.remaining + cost);
  return { ...standing, remaining, resetMs: Math.max(now, standing.resetMs - timeOf(policy, cost)) };
}

function timeOf(policy: LimitPolicy | WindowPolicy, cost: number): number {
  return isWindow(policy) ? 0 : (cost / policy.refillPerSecond) * 1000;
}
