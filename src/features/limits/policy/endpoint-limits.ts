/**
 * The limits that endpoints declare in `policy.limit.also`, as policies. Invalid declarations are refused when the app is
 * built. So are two different limits of one name, and limits per account of OAuth endpoints, whose account is not known.
 */
import { z } from "@hono/zod-openapi";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { EndpointLimit, Limit } from "#core/contract/limit.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { ATTEMPTS, POLICIES } from "./policies.ts";
import type { LimitPolicy, Policies, Policy } from "./policy.ts";

export type Operation = Endpoint | ProtocolEndpoint;

export interface EndpointPolicy {
  readonly policy: LimitPolicy;
  readonly per: EndpointLimit["per"];
}

/** A tenth of what fits the responses, because an override may multiply a limit by ten. */
const MAX_CAPACITY = 100_000_000;
const MAX_SECONDS = 366 * 86_400;

const limitSchema = z
  .object({
    name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
    capacity: z.int().min(1).max(MAX_CAPACITY).optional(),
    refillPerSecond: z.number().positive().max(MAX_CAPACITY).optional(),
    // A window keeps the time of each entry.
    limit: z.int().min(1).max(1000).optional(),
    windowSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
  })
  .refine(({ capacity = 0, refillPerSecond = 1 }) => capacity / refillPerSecond <= MAX_SECONDS, {
    path: ["refillPerSecond"],
    error: "must fill the bucket within 366 days",
  });

export function isProtocol(operation: Operation): operation is ProtocolEndpoint {
  return "serve" in operation;
}

export function declaredLimit(operation: Operation): Limit {
  return isProtocol(operation) ? operation.limit : operation.policy.limit;
}

/** The further policies of one operation. @throws RangeError for a limit out of bounds */
export function endpointPolicies(operation: Operation): readonly EndpointPolicy[] {
  const limit = declaredLimit(operation);
  if (limit === "unmetered") return [];
  return (limit.also ?? []).map((one) => {
    if (typeof one === "string") return { policy: ATTEMPTS[one], per: "address" };
    if (one.per === "account" && isProtocol(operation)) {
      throw new RangeError(`${one.name}: ${operation.contract.operationId} cannot have a limit per account`);
    }
    return { policy: policyOf(one), per: one.per };
  });
}

/** The limits that operations declare themselves, each once. @throws RangeError for an invalid or ambiguous one */
export function declaredPolicies(operations: readonly Operation[]): readonly EndpointPolicy[] {
  const declared = new Map<string, EndpointPolicy>();
  for (const one of operations.flatMap(endpointPolicies)) {
    const { name } = one.policy;
    const former = declared.get(name);
    if (POLICIES.get(name) === one.policy) continue;
    if (POLICIES.has(name) || (former !== undefined && JSON.stringify(former) !== JSON.stringify(one))) {
      throw new RangeError(`${name}: another limit has this name`);
    }
    if (former === undefined) declared.set(name, one);
  }
  return [...declared.values()];
}

/** All policies of the service by name. */
export function allPolicies(declared: readonly EndpointPolicy[]): Policies {
  return new Map<string, Policy>([...POLICIES, ...declared.map(({ policy }) => [policy.name, policy] as const)]);
}

function policyOf({ per: _per, ...limit }: EndpointLimit): LimitPolicy {
  const [issue] = limitSchema.safeParse(limit).error?.issues ?? [];
  if (issue !== undefined) throw new RangeError(`${limit.name}.${issue.path.join(".")}: ${issue.message}`);
  const common = { whenUnavailable: "closed", shadow: false } as const;
  return "windowSeconds" in limit ? { ...common, ...limit } : { ...common, mode: "leased", ...limit };
}
