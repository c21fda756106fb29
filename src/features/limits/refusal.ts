/**
 * What a caller is told whom a limit refuses: 429 with the policies that did, and when to come back. Where a policy that
 * fails closed cannot be asked it is 503, since nobody used anything up.
 */
import { ATTEMPT_POLICIES, isAttemptPolicy } from "#core/contract/limit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { waitingTime } from "#core/http/waiting-time.ts";
import { retryAfterSeconds } from "./headers.ts";
import type { Standing } from "./limiter.ts";

const UNAVAILABLE_SECONDS = 5;

/** The problem of standings that refuse, at least one. */
export function refusalOf(refused: readonly Standing[]): Problem {
  const failed = refused.filter(({ source }) => source === "failed").map(({ policy }) => policy);
  if (failed.length > 0) {
    return problem("service-unavailable", {
      headers: { "Retry-After": String(UNAVAILABLE_SECONDS) },
      cause: new Error(`limits cannot be asked: ${failed.join(" ")}`),
    });
  }
  const seconds = Math.max(...refused.map(({ retryAfterMs }) => retryAfterSeconds(retryAfterMs)));
  return quotaExceeded(
    refused.map(({ policy }) => policy),
    seconds,
    (names) => attemptText(refused, seconds) ?? `Used up: ${names}. There is enough again in ${seconds} s.`,
  );
}

/** People meet these limits on forms, so the text is theirs. Undefined for other limits. */
function attemptText(refused: readonly Standing[], seconds: number): string | undefined {
  const attempt = refused.map(({ policy }) => policy).find(isAttemptPolicy);
  if (attempt === undefined) return undefined;
  return `Too many attempts ${ATTEMPT_POLICIES[attempt]} from your network. Try again in ${waitingTime(seconds)}.`;
}

/** The problem of too many requests at the same time, which is not one of too many requests in a time. */
export function tooManyAtOnce(policy: string, most: number): Problem {
  return quotaExceeded(
    [policy],
    1,
    () => `${most} requests of this principal are being worked on. Wait for their answers.`,
  );
}

/** The problem of a flood that was stopped in front of all else. */
export function shieldRefusal(policy: string, seconds: number): Problem {
  return quotaExceeded([policy], seconds, () => "This address sends far more than any limit of it admits.");
}

function quotaExceeded(policies: readonly string[], seconds: number, tell: (names: string) => string): Problem {
  return problem("quota-exceeded", {
    detail: tell(policies.map((name) => `\`${name}\``).join(", ")),
    headers: { "Retry-After": String(seconds) },
    members: { "violated-policies": policies },
  });
}
