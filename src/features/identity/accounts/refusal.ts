/** The outcomes of an attempt to authenticate, and their problems, which never reveal whether the account exists. */
import { type Problem, problem } from "#core/http/problem.ts";
import { waitingTime } from "#core/http/waiting-time.ts";
import type { Refused } from "../attempts/gate.ts";

export type Refusal = { readonly outcome: "wrong" } | Refused;

/** The problem for a refusal: 401, 403 or 429. */
export function refusalProblem(refusal: Refusal): Problem {
  switch (refusal.outcome) {
    case "wrong":
      return problem("unauthorized", {
        detail: "The email address or the password is incorrect, or the address is not confirmed yet.",
      });
    case "challenge":
      return challengeRequired(refusal);
    case "wait":
      return tooManyAttempts(refusal.seconds);
  }
}

/**
 * If no challenge is configured, the detail names the alternatives. `isNetwork`: the failures of the network were
 * counted, so a new password does not help.
 */
function challengeRequired({ seconds, isNetwork }: Extract<Refused, { readonly outcome: "challenge" }>): Problem {
  const members = { counted_by: isNetwork === true ? "network" : "account" };
  if (seconds === undefined) return problem("challenge-required", { members });
  const again = `Try again in ${waitingTime(seconds)}`;
  const detail =
    isNetwork === true
      ? `Too many attempts from your network. ${again}, or sign in with a passkey.`
      : `Too many attempts. ${again}, reset your password by email, or sign in with a passkey.`;
  return problem("challenge-required", { detail, members, headers: { "Retry-After": String(seconds) } });
}

/** The problem for attempts that have to wait. `what` completes "attempts", for example "to sign up". */
export function tooManyAttempts(seconds: number, what?: string): Problem {
  return problem("quota-exceeded", {
    detail: `Too many attempts${what === undefined ? "" : ` ${what}`}. Try again in ${waitingTime(seconds)}.`,
    headers: { "Retry-After": String(seconds) },
  });
}
