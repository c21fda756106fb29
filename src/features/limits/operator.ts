/**
 * What an operator does to limits. It asks the objects that own the buckets, never what an isolate remembers of them:
 * an isolate that has just refused a key goes on to do so until the time that it was told, at most some seconds.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import { ATTEMPT_POLICIES, isAttemptPolicy } from "#core/contract/limit.ts";
import type { Plan as PlanName } from "#core/contract/principal.ts";
import { MICRO } from "./bucket.ts";
import { addressCharges, anonymousCharges, attemptCharge } from "./charges.ts";
import { bucketName, type Charge } from "./limiter.ts";
import { findObject } from "./objects.ts";
import { inForceOf, loadOverrides, NO_OVERRIDES, OVERRIDES_KEY, readOverrides } from "./overrides.ts";
import { PLANS } from "./policies.ts";
import { isWindow, type LimitPolicy, limitOf, type WindowPolicy } from "./policy.ts";

/** An account as limits know it, by its kind and id, or an address: for what is none, that of all that tell none. */
export const KEY_PATTERN = "^((user|service):[ -~]{1,590}|[0-9a-fA-F:.]{2,45})$";

/** Every limit that counts for a key. `plans`: which of an account's. */
export function limitsOf(key: string, plans: readonly PlanName[]): readonly Charge[] {
  if (/^(?:user|service):/.test(key)) {
    const policies = plans.flatMap((plan) => [PLANS[plan].rate, ...PLANS[plan].quotas]);
    return policies.map((policy) => ({ policy, key, cost: 0 }));
  }
  const attempts = Object.keys(ATTEMPT_POLICIES)
    .filter(isAttemptPolicy)
    .map((policy) => attemptCharge(policy, key));
  return [...anonymousCharges(key, 0), ...addressCharges(key, 0), ...attempts];
}

/** How they stand, by the rules in force. */
export async function lookAt(limits: readonly Charge[], surroundings: Surroundings): Promise<LimitStanding[]> {
  const overrides = await loadOverrides(surroundings).catch(() => NO_OVERRIDES);
  return Promise.all(limits.map(({ policy, key }) => lookAtOne(inForceOf(overrides, policy), key, surroundings)));
}

async function lookAtOne(
  policy: LimitPolicy | WindowPolicy,
  key: string,
  surroundings: Surroundings,
): Promise<LimitStanding> {
  const { now } = surroundings;
  const object = findObject(bucketName(policy, key), false, surroundings);
  const common = { policy: policy.name, limit: limitOf(policy) };
  if (isWindow(policy)) {
    const rule = { limit: policy.limit, windowMs: policy.windowSeconds * 1000 };
    const { remaining, emptyInMs } = await object.lookWindow(rule);
    return { ...common, remaining, resetMs: now + emptyInMs };
  }
  const { capacity, refillPerSecond } = policy;
  const level = (await object.look({ capacity, refillPerSecond })) / MICRO;
  const remaining = Math.max(0, Math.floor(level));
  return { ...common, remaining, resetMs: now + ((capacity - level) / refillPerSecond) * 1000 };
}

/** Gives all of them back, but for tokens that are lent out at the moment. */
export async function giveBackAll(limits: readonly Charge[], surroundings: Surroundings): Promise<void> {
  await Promise.all(limits.map(({ policy, key }) => findObject(bucketName(policy, key), false, surroundings).reset()));
}

/** What is changed of a policy; nothing at all: it is again as in code. */
export type Change = Readonly<Record<string, unknown>>;

/** The changes in force, by policy. */
export async function readChanges({ objects }: Pick<Surroundings, "objects">): Promise<Record<string, Change>> {
  const text = (await objects.LIMITS.get(OVERRIDES_KEY)) ?? "{}";
  try {
    readOverrides(text);
    return JSON.parse(text) as Record<string, Change>; // it has just been read as such
  } catch {
    // What is not taken over is not in force, and makes room for what is.
    return {};
  }
}

/**
 * Changes a policy for all isolates within a minute or two. Of two changes at the same moment one may be lost, as the
 * namespace knows no transactions: the answer is what was written.
 *
 * @throws RangeError for what is out of bounds
 */
export async function changePolicy(name: string, change: Change, surroundings: Surroundings) {
  const { [name]: _replaced, ...others } = await readChanges(surroundings);
  const changes = Object.keys(change).length === 0 ? others : { ...others, [name]: change };
  const text = JSON.stringify(changes);
  readOverrides(text);
  await surroundings.objects.LIMITS.put(OVERRIDES_KEY, text);
  return changes;
}
