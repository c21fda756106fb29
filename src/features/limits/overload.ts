/**
 * Overload: 503, with the time after which to come again. An isolate that takes on more than it can finish finishes less,
 * so from a number of requests at a time on it turns away new ones at the door, at no cost: first what is dear to
 * answer, then single reads, writes last. What is not metered (health, OPTIONS, pages) is never turned away. A request
 * counts until its end, also where its client hangs up, and in no case for much longer than a minute. The same is told
 * where the database or an object says by itself that it has too much to do. Fails open: nothing is asked of anybody.
 */
import type { Context, ErrorHandler, MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Surroundings } from "#core/contract/doors.ts";
import type { Method } from "#core/contract/endpoint.ts";
import { COSTS } from "#core/contract/limit.ts";
import { Problem, problem } from "#core/http/problem.ts";
import type { Alarms } from "./alarm.ts";
import type { InForce } from "./overrides.ts";
import { LOAD } from "./policies.ts";
import type { LoadPolicy } from "./policy.ts";
import { countUnderWay } from "./under-way.ts";

/** Those who are turned away come back within that many seconds, one after the other and not all at once. */
const SPREAD_SECONDS = 5;

/** When to come again to a database, or an object, that has too much to do. */
const RETRY_AFTER = { "Retry-After": String(SPREAD_SECONDS) };

/** Whose key it is that the alarm counts by: an isolate's own, since it protects itself. */
const ISOLATE = "isolate";

export interface LoadDoors {
  readonly alarms: Alarms;
  policiesInForce(surroundings: Surroundings): Promise<InForce>;
}

/** What a request is turned away by, which costs that many tokens. */
export function loadPolicyOf(method: Method, cost: number): LoadPolicy {
  if (method !== "GET") return LOAD.writes;
  return cost > COSTS.read ? LOAD.lists : LOAD.reads;
}

/** Counts the requests that one isolate works on, and turns away. `costIn` is what a request costs in tokens. */
export function countLoad({ alarms, policiesInForce }: LoadDoors) {
  const underWay = countUnderWay();
  let turnedAway = 0;

  function turnAway({ name, shadow, inFlight: most }: LoadPolicy, { log, now }: Surroundings): void {
    if (shadow) {
      log["limit.shadow"] = name;
      return;
    }
    log["limit.refused"] = name;
    if (alarms.refused(`${name} ${ISOLATE}`, now)) log["limit.alarm"] = name;
    turnedAway += 1;
    throw problem("temporary-reduced-capacity", {
      detail: `More than ${most} requests are being worked on here, and more of this kind would slow all of them down.`,
      headers: { "Retry-After": String(1 + (turnedAway % SPREAD_SECONDS)) },
      members: { "violated-policies": [name] },
    });
  }

  return function shedLoad(method: Method, costIn: (c: Context<AppEnv>) => number): MiddlewareHandler<AppEnv> {
    return async function shedLoadOfRequest(c, next) {
      const { surroundings } = c.var;
      const inForce = await policiesInForce(surroundings);
      const policy = inForce(loadPolicyOf(method, costIn(c)));
      const { now } = surroundings;
      if (underWay.count(now) >= policy.inFlight) turnAway(policy, surroundings);
      const isOver = Promise.withResolvers<void>();
      // Or the platform ends the request when its client hangs up, and what is below is never reached.
      surroundings.defer(isOver.promise);
      const end = underWay.begin(now);
      try {
        await next();
      } finally {
        end();
        isOver.resolve();
      }
    };
  };
}

/** What the platform adds to its errors. */
type PlatformError = Error & { readonly overloaded?: unknown; readonly retryable?: unknown };

/** D1 and Durable Objects when they have too much to do; D1 says it in words alone. */
const OVERLOADED = /\bis overloaded\b|\btoo many requests queued\b|\brequests queued for too long\b/i;

/** Both when they were interrupted or are silent, of errors that do not say so by a member. */
const INTERRUPTED =
  /\bnetwork connection lost\b|\bdid not answer in time\b|\bcaused object to be reset\b|\breset because its code was updated\b|\bdue to transient issue\b/i;

/** An answer for failures of the platform that pass: 503 instead of 500. All others are left to `answer`. */
export function recognizeOverload(answer: ErrorHandler<AppEnv>): ErrorHandler<AppEnv> {
  return (error, c) => {
    const failure = overloadOf(error) ?? error;
    // The log line tells of what was answered.
    c.error = failure;
    return answer(failure, c);
  };
}

/** The problem of an error that comes of the platform's having too much to do, or being interrupted, if it does. */
export function overloadOf(error: Error): Problem | undefined {
  if (error instanceof Problem && error.type !== "service-unavailable") return undefined;
  if (says(error, "overloaded", OVERLOADED)) {
    return problem("temporary-reduced-capacity", { headers: RETRY_AFTER, cause: error });
  }
  if (error instanceof Problem || !says(error, "retryable", INTERRUPTED)) return undefined;
  return problem("service-unavailable", { headers: RETRY_AFTER, cause: error });
}

/** An error says it by its member, or the innermost of its causes by its words: wrappers repeat what clients sent. */
function says(error: PlatformError, member: "overloaded" | "retryable", words: RegExp): boolean {
  if (error[member] === true) return true;
  return error.cause instanceof Error ? says(error.cause, member, words) : words.test(error.message);
}
