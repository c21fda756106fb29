/** Serves reads from the edge cache. A write ends all known generations before its response is sent. */
import type { MiddlewareHandler } from "hono";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { LocationCache } from "#core/contract/dependencies.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { Edge } from "./edge.ts";
import { EdgeRead } from "./edge-read.ts";
import { planOf } from "./plan.ts";

export interface EdgeStages {
  /** @throws every problem of the endpoint's validator */
  readonly answerFromEdge: MiddlewareHandler<AppEnv>;
  readonly forgetKnownGenerations: MiddlewareHandler<AppEnv>;
}

/** The middleware of one edge cache, which lives as long as they do. */
export function edgeOf(
  endpoints: readonly (Endpoint | ProtocolEndpoint)[],
  openCache: () => Promise<LocationCache>,
): EdgeStages {
  const edge = new Edge(policiesOf(endpoints), openCache);
  return {
    async answerFromEdge(c, next) {
      const plan = planOf(c);
      if (plan === undefined) return next();
      return new EdgeRead(c, edge, plan).answer(next);
    },
    async forgetKnownGenerations(c, next) {
      await next();
      const { database, context }: SettledVariables = c.var;
      if (context === undefined || database === undefined) return;
      await edge.forgetKnownGenerations(database.written, context);
    },
  };
}

/** The policy of each collection that the edge serves. */
function policiesOf(endpoints: readonly (Endpoint | ProtocolEndpoint)[]): ReadonlyMap<string, EdgePolicy> {
  const policies = new Map<string, EdgePolicy>();
  for (const endpoint of endpoints) {
    if (!("policy" in endpoint) || endpoint.policy.cache === "no-store") continue;
    const { success } = endpoint.contract;
    const edge = endpoint.policy.cache.scope === "public" ? endpoint.policy.cache.edge : undefined;
    if (edge === undefined || (success.kind !== "list" && success.kind !== "resource")) continue;
    policies.set(success.resource.collection, edge);
  }
  return policies;
}
