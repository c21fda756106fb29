/** Which limits a request is charged to, and by which keys. */
import type { AttemptPolicy } from "#core/contract/limit.ts";
import { type Principal, principalKey } from "#core/contract/principal.ts";
import { addressKeys } from "./address-keys.ts";
import type { Charge } from "./limiter.ts";
import { ADDRESS, ANONYMOUS, ATTEMPTS, PLANS, type Plan } from "./policies.ts";

export type Known = Exclude<Principal, { kind: "anonymous" }>;

/** Of a caller without credentials: its address is all that is known of it. */
export function anonymousCharges(address: string, cost: number): Charge[] {
  return addressKeys(address).map(({ width, key }) => ({ policy: ANONYMOUS[width], key, cost }));
}

/** What it takes of the address's wide limits to ask how one's own stand: each of those is asked for at its object. */
export const ASKING_TOKENS = 10;

/** Of any request that says who sends it, and of what takes nothing of the caller's own. */
export function addressCharges(address: string, cost: number): Charge[] {
  return addressKeys(address).map(({ width, key }) => ({ policy: ADDRESS[width], key, cost }));
}

/** One attempt of an address. */
export function attemptCharge(policy: AttemptPolicy, address: string): Charge {
  const [{ key } = { key: "unknown" }] = addressKeys(address);
  return { policy: ATTEMPTS[policy], key, cost: 1 };
}

/** Of an account, whichever token or key it shows: its rate and its quotas. */
export function principalCharges(principal: Known, cost: number): Charge[] {
  const { rate, quotas } = planOf(principal);
  const key = principalKey(principal);
  return [rate, ...quotas].map((policy) => ({ policy, key, cost }));
}

export function planOf(principal: Known): Plan {
  return PLANS[principal.plan ?? "free"];
}
