/** Serves reads from the edge cache. A write ends all known generations before its response is sent. */
import { CONFIGURED, TARGETED } from "#core/contract/context.ts";
import type { LocationCache } from "#core/contract/dependencies.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { stage } from "#core/contract/stage.ts";
import { Edge } from "./edge.ts";
import { EdgeRead } from "./edge-read.ts";
import { planOf } from "./plan.ts";

/** The stages of one edge cache, which lives as long as they do. */
export function edgeOf(endpoints: readonly (Endpoint | ProtocolEndpoint)[], openCache: () => Promise<LocationCache>) {
  const edge = new Edge(policiesOf(endpoints), openCache);
  return {
    /** @throws every problem of the endpoint's validator */
    answerFromEdge: stage(
      "answerFromEdge",
      { requires: TARGETED, provides: ["validated", "keepWhole"] },
      async (request, next) => {
        const plan = planOf(request);
        if (plan === undefined) return next();
        return new EdgeRead(request, edge, plan).answer(next);
      },
    ),
    forgetKnownGenerations: stage("forgetKnownGenerations", { requires: CONFIGURED }, async (request, next) => {
      await next();
      await edge.forgetKnownGenerations(request.database.written, request);
    }),
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
