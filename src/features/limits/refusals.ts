/**
 * The problems of refused requests: 429 with the violated policies and `Retry-After`, or 503 if a policy that fails
 * closed could not be counted.
 */

import { ATTEMPT_POLICIES, isAttemptPolicy } from "#core/contract/limit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { waitingTime } from "#core/http/waiting-time.ts";
import { retryAfterSeconds } from "./headers.ts";
import type { Standing } from "./limiter.ts";

const UNAVAILABLE_SECONDS = 5;

/** The problem of at least one standing that refuses: quota-exceeded, or service-unavailable. */
export function refusalOf(refused: readonly Standing[]): Problem {
  const failed = refused.filter(({ source }) => source === "failed").map(({ policy }) => policy);
  if (failed.length > 0) {
    return problem("service-unavailable", {
      headers: { "Retry-After": String(UNAVAILABLE_SECONDS) },
      cause: new Error(`limits cannot be counted: ${failed.join(" ")}`),
    });
  }
  const seconds = Math.max(...refused.map(({ retryAfterMs }) => retryAfterSeconds(retryAfterMs)));
  const policies = refused.map(({ policy }) => policy);
  return quotaExceeded(policies, seconds, `${excessOf(policies)}. Try again in ${waitingTime(seconds)}.`);
}

/** The problem of too many requests at the same time. */
export function tooManyConcurrent(policy: string, max: number): Problem {
  return quotaExceeded([policy], 1, `${max} requests of this client are in progress. Wait until one of them ends.`);
}

/** The problem of a flood that the platform's own rate limiting stopped. */
export function shieldRefusal(policy: string, seconds: number): Problem {
  return quotaExceeded([policy], seconds, "This address sends far more requests than its limits allow.");
}

function quotaExceeded(policies: readonly string[], seconds: number, detail: string): Problem {
  return problem("quota-exceeded", {
    detail,
    headers: { "Retry-After": String(seconds) },
    members: { "violated-policies": policies },
  });
}

/** People meet the limits of attempts on forms, so the text names what they tried. */
function excessOf(policies: readonly string[]): string {
  const attempt = policies.find(isAttemptPolicy);
  return attempt === undefined
    ? "Too many requests"
    : `Too many attempts ${ATTEMPT_POLICIES[attempt]} from your network`;
}
