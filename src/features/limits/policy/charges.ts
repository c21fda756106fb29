/** The limits that a request is charged to, and the keys that they count it for. */
import { type Principal, principalKey } from "#core/contract/principal.ts";
import type { Charge } from "../limiter.ts";
import { addressKeys } from "./address-keys.ts";
import type { EndpointPolicy } from "./endpoint-limits.ts";
import { ADDRESS, ANONYMOUS, PLANS, type Plan } from "./policies.ts";

export type Account = Exclude<Principal, { kind: "anonymous" }>;

/** Whose limit it is: the account's plan, the address, or the endpoint's own. Headers list them in this order. */
export type ChargeGroup = "principal" | "address" | "endpoint";

export interface RequestCharge extends Charge {
  readonly group: ChargeGroup;
}

/** Charges of a request without credentials: its address is all that is known. */
export function anonymousCharges(address: string, cost: number): RequestCharge[] {
  return addressKeys(address).map(({ width, key }) => ({ group: "address", policy: ANONYMOUS[width], key, cost }));
}

/** Tokens of the address for reading the state of limits: each of them is a call to its object. */
export const READ_STATE_TOKENS = 10;

/** Charges of the address for a request with credentials, and for a request that is free for the caller. */
export function addressCharges(address: string, cost: number): RequestCharge[] {
  return addressKeys(address).map(({ width, key }) => ({ group: "address", policy: ADDRESS[width], key, cost }));
}

/** Charges of an account for its rate and its quotas, whichever token or key it uses. */
export function principalCharges(principal: Account, cost: number): RequestCharge[] {
  const { rate, quotas } = planOf(principal);
  const key = principalKey(principal);
  return [rate, ...quotas].map((policy) => ({ group: "principal", policy, key, cost }));
}

/** Charges of one key for the endpoint limits that count `per` account or address. */
export function endpointCharges(
  policies: readonly EndpointPolicy[],
  per: EndpointPolicy["per"],
  key: string,
  cost: number,
): RequestCharge[] {
  return policies.filter((one) => one.per === per).map(({ policy }) => ({ group: "endpoint", policy, key, cost }));
}

export function planOf(principal: Account): Plan {
  return PLANS[principal.plan ?? "free"];
}
