/**
 * Load shedding: an isolate with too many requests refuses new ones with 503 before any work, expensive reads first and
 * writes last. Unmetered requests are never refused. A request counts until it ends, even if its client disconnects, and
 * never for much longer than a minute.
 */
import { CONFIGURED, type Given } from "#core/contract/context.ts";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Method } from "#core/contract/endpoint.ts";
import { COSTS } from "#core/contract/limit.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { problem } from "#core/http/problem.ts";
import type { CurrentPolicies } from "../policy/overrides.ts";
import { LOAD } from "../policy/policies.ts";
import type { LoadPolicy } from "../policy/policy.ts";
import type { RefusalAlarms } from "../refusal-alarms.ts";
import { createActiveRequests } from "./active-requests.ts";

/** Refusals spread their `Retry-After` over this many seconds, so that clients do not return all at once. */
const SPREAD_SECONDS = 5;

/** The key of the alarm: the isolate protects itself. */
const ALARM_KEY = "isolate";

/** The load policy of a request that costs `cost` tokens. */
export function loadPolicyOf(method: Method, cost: number): LoadPolicy {
  if (method !== "GET") return LOAD.writes;
  return cost > COSTS.read ? LOAD.lists : LOAD.reads;
}

/** Creates the `shedLoad` stage of one isolate. Its `costIn` is the cost of a request in tokens. */
export function createLoadShedder(alarms: RefusalAlarms, currentPolicies: CurrentPolicies) {
  const active = createActiveRequests();
  let refused = 0;

  function refuse({ name, shadow, inFlight }: LoadPolicy, { log, now }: RequestContext): void {
    if (shadow) {
      log["limit.shadow"] = name;
      return;
    }
    log["limit.refused"] = name;
    if (alarms.countRefusal(`${name} ${ALARM_KEY}`, now)) log["limit.alarm"] = name;
    refused += 1;
    throw problem("temporary-reduced-capacity", {
      detail: `More than ${inFlight} requests are in progress. One more of this kind would slow down all of them.`,
      headers: { "Retry-After": String(1 + (refused % SPREAD_SECONDS)) },
      members: { "violated-policies": [name] },
    });
  }

  return function shedLoad(method: Method, costIn: (request: Given) => number): Stage {
    return stage("shedLoad", { requires: CONFIGURED }, async (request, next) => {
      const resolvePolicy = await currentPolicies(request);
      const policy = resolvePolicy(loadPolicyOf(method, costIn(request)));
      const { now } = request;
      if (active.count(now) >= policy.inFlight) refuse(policy, request);
      const ended = Promise.withResolvers<void>();
      // Keeps the request running when its client disconnects, so that it reaches its end and is no longer counted.
      request.defer(ended.promise);
      const end = active.begin(now);
      try {
        await next();
      } finally {
        end();
        ended.resolve();
      }
    });
  };
}
