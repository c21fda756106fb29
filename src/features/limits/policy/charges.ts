/** The limits that a request is charged to, and the keys that they count it for. */
import { type Principal, principalKey } from "#core/contract/principal.ts";
import type { Charge } from "../limiter.ts";
import { addressKeys, hostKey } from "./address-keys.ts";
import { costOf } from "./cost.ts";
import { declaredLimit, type EndpointPolicy, endpointPolicies, isProtocol, type Operation } from "./endpoint-limits.ts";
import { ADDRESS, ANONYMOUS, PLANS, type Plan } from "./policies.ts";

/** Whose limit it is: the account's plan, the address, or the endpoint's own. Headers list them in this order. */
export const GROUPS = ["principal", "address", "endpoint"] as const;

export type ChargeGroup = (typeof GROUPS)[number];

export interface RequestCharge extends Charge {
  readonly group: ChargeGroup;
}

/** How one operation charges its requests. */
export interface OperationCharges {
  /** The cost of a request in tokens, by its query parameters. */
  costOf(query: URLSearchParams): number;
  /** Charges that need only the address. `isAnonymous`: the request has no credentials that the operation checks. */
  ofAddress(address: string, isAnonymous: boolean, query: URLSearchParams): RequestCharge[];
  /** Charges of the principal. An anonymous one counts for its address. */
  ofPrincipal(principal: Principal, address: string, query: URLSearchParams): RequestCharge[];
}

/** Tokens of the address for reading the state of limits: each of them is a call to its object. */
const READ_STATE_TOKENS = 10;

/**
 * The charges of an operation; undefined if it is unmetered. `declared` are the limits of all endpoints, whose state a
 * free operation reads.
 */
export function createOperationCharges(
  operation: Operation,
  declared: readonly EndpointPolicy[],
): OperationCharges | undefined {
  const limit = declaredLimit(operation);
  if (limit === "unmetered") return undefined;
  const cost = { cost: limit.cost, parameters: new Set(Object.keys(operation.contract.query?.shape ?? {})) };
  const own = endpointPolicies(operation);
  const others = declared.filter(({ policy }) => !own.some((one) => one.policy.name === policy.name));

  function ofEndpoints(per: EndpointPolicy["per"], key: string, isFree: boolean): RequestCharge[] {
    const charge = (policies: readonly EndpointPolicy[], cost: number): RequestCharge[] =>
      policies.filter((one) => one.per === per).map(({ policy }) => ({ group: "endpoint", policy, key, cost }));
    return [...charge(own, 1), ...(isFree ? charge(others, 0) : [])];
  }

  return {
    costOf: (query) => costOf(cost, query),

    ofAddress(address, isAnonymous, query) {
      const tokens = costOf(cost, query);
      const addressTokens = tokens > 0 ? 1 : READ_STATE_TOKENS + others.length;
      return [
        ...(isAnonymous ? anonymousCharges(address, tokens) : []),
        ...(isAnonymous && tokens > 0 ? [] : addressCharges(address, ADDRESS, addressTokens)),
        ...ofEndpoints("address", hostKey(address), tokens === 0),
      ];
    },

    ofPrincipal(principal, address, query) {
      const tokens = costOf(cost, query);
      if (principal.kind === "anonymous") return ofEndpoints("account", hostKey(address), tokens === 0);
      const { rate, quotas } = planOf(principal);
      const key = principalKey(principal);
      const ofPlan = [rate, ...quotas].map((policy) => ({ group: "principal" as const, policy, key, cost: tokens }));
      return [...ofPlan, ...ofEndpoints("account", key, tokens === 0)];
    },
  };
}

/**
 * Whether the operation refuses bad credentials. If it does not check them, the header does not show who sends the
 * request.
 */
export function checksCredentials(operation: Operation): boolean {
  return !isProtocol(operation) || operation.contract.security.length > 0;
}

/** Charges of a request without credentials: its address is all that is known. */
export function anonymousCharges(address: string, cost: number): RequestCharge[] {
  return addressCharges(address, ANONYMOUS, cost);
}

function addressCharges(address: string, policies: typeof ADDRESS | typeof ANONYMOUS, cost: number): RequestCharge[] {
  return addressKeys(address).map(({ width, key }) => ({ group: "address", policy: policies[width], key, cost }));
}

export function planOf(principal: Exclude<Principal, { kind: "anonymous" }>): Plan {
  return PLANS[principal.plan ?? "free"];
}
