/** How an attempt to prove who one is can end, and what is said of it: never whether there is such an account. */
import { type Problem, problem } from "#core/http/problem.ts";

export type Refusal =
  | { readonly outcome: "wrong" }
  | { readonly outcome: "challenge" }
  | { readonly outcome: "wait"; readonly seconds: number };

/** The problem that a refusal is answered with: 401, 403 or 429. */
export function refusalProblem(refusal: Refusal): Problem {
  switch (refusal.outcome) {
    case "wrong":
      return problem("unauthorized", {
        detail: "The e-mail address or the password is wrong, or the address is not confirmed yet.",
      });
    case "challenge":
      return problem("challenge-required");
    case "wait":
      return problem("quota-exceeded", {
        detail: "There were too many attempts. Wait, then try again.",
        headers: { "Retry-After": String(refusal.seconds) },
      });
  }
}
