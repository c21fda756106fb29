/**
 * What an administrator does with limits. It calls the objects that count, and leaves the memory of isolates alone.
 * After a reset, an isolate may apply a remembered refusal for some more seconds.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { LimitStanding } from "#core/contract/limit.ts";
import type { Plan as PlanName } from "#core/contract/principal.ts";
import { MICRO } from "../bucket/bucket.ts";
import { findObject } from "../object/find-object.ts";
import { addressKeys, hostKey } from "../policy/address-keys.ts";
import type { EndpointPolicy } from "../policy/endpoint-limits.ts";
import { applyOverride, loadOverrides, NO_OVERRIDES, OVERRIDES_KEY, parseOverrides } from "../policy/overrides.ts";
import { ADDRESS, ANONYMOUS, ATTEMPTS, PLANS } from "../policy/policies.ts";
import { isWindow, type LimitPolicy, limitOf, objectName, type Policies, windowRuleOf } from "../policy/policy.ts";

/** A policy and the key that it counts for. */
export interface KeyedPolicy {
  readonly policy: LimitPolicy;
  readonly key: string;
}

/**
 * An account by kind and id, or an address. Text that is not an address stands for all clients whose address is
 * unknown.
 */
export const KEY_PATTERN = "^((user|service):[ -~]{1,590}|[0-9a-fA-F:.]{2,45})$";

/** Every limit that counts for a key: an account with one of `plans`, or an address. */
export function limitsOf(
  key: string,
  plans: readonly PlanName[],
  declared: readonly EndpointPolicy[],
): readonly KeyedPolicy[] {
  if (/^(?:user|service):/.test(key)) {
    const policies = plans.flatMap((plan) => [PLANS[plan].rate, ...PLANS[plan].quotas]);
    const perAccount = declared.filter(({ per }) => per === "account").map(({ policy }) => policy);
    return [...policies, ...perAccount].map((policy) => ({ policy, key }));
  }
  // A limit per account counts anonymous requests by address.
  const ofHost = [...Object.values(ATTEMPTS), ...declared.map(({ policy }) => policy)];
  const keys = addressKeys(key);
  return [
    ...keys.map(({ width, key }) => ({ policy: ANONYMOUS[width], key })),
    ...keys.map(({ width, key }) => ({ policy: ADDRESS[width], key })),
    ...ofHost.map((policy) => ({ policy, key: hostKey(key) })),
  ];
}

/** The state of limits by the current policies. */
export async function readStandings(
  limits: readonly KeyedPolicy[],
  policies: Policies,
  context: RequestContext,
): Promise<LimitStanding[]> {
  const overrides = await loadOverrides(context, policies).catch(() => NO_OVERRIDES);
  return Promise.all(limits.map(({ policy, key }) => readStanding(applyOverride(overrides, policy), key, context)));
}

async function readStanding(policy: LimitPolicy, key: string, context: RequestContext): Promise<LimitStanding> {
  const { now } = context;
  const object = findObject(objectName(policy, key), false, context);
  const common = { policy: policy.name, limit: limitOf(policy) };
  if (isWindow(policy)) {
    const { remaining, emptyInMs } = await object.readWindow(windowRuleOf(policy));
    return { ...common, remaining, resetMs: now + emptyInMs };
  }
  const { capacity, refillPerSecond } = policy;
  const level = (await object.readLevel({ capacity, refillPerSecond })) / MICRO;
  const remaining = Math.max(0, Math.floor(level));
  return { ...common, remaining, resetMs: now + ((capacity - level) / refillPerSecond) * 1000 };
}

/** Fills all of them, except for tokens that are leased at the moment. */
export async function resetLimits(limits: readonly KeyedPolicy[], context: RequestContext): Promise<void> {
  await Promise.all(limits.map(({ policy, key }) => findObject(objectName(policy, key), false, context).reset()));
}

/** The changed members of a policy. */
export type Change = Readonly<Record<string, unknown>>;

/** The changes in force by policy. Invalid ones are not in force. */
export async function readChanges(
  { objects }: Pick<RequestContext, "objects">,
  policies: Policies,
): Promise<Record<string, Change>> {
  const text = (await objects.LIMITS.get(OVERRIDES_KEY)) ?? "{}";
  try {
    parseOverrides(text, policies);
    return JSON.parse(text) as Record<string, Change>; // parseOverrides has accepted it
  } catch {
    return {};
  }
}

/**
 * Changes a policy for all isolates within a minute or two, and returns all changes. A change without members restores
 * the policy as in the code. KV has no transactions, so one of two simultaneous changes may be lost.
 *
 * @throws RangeError for a change out of bounds
 */
export async function changePolicy(
  name: string,
  change: Change,
  policies: Policies,
  context: RequestContext,
): Promise<Record<string, Change>> {
  const { [name]: _replaced, ...others } = await readChanges(context, policies);
  const changes = Object.keys(change).length === 0 ? others : { ...others, [name]: change };
  const text = JSON.stringify(changes);
  parseOverrides(text, policies);
  await context.objects.LIMITS.put(OVERRIDES_KEY, text);
  return changes;
}
