/** What the accounts' flows refuse, as problems of the form's fields. */
import { type Problem, problem } from "#core/http/problem.ts";
import { visibleTextFault } from "#core/http/visible-text.ts";
import type { Refusal } from "#features/identity/accounts/refusal.ts";
import { refusalProblem } from "#features/identity/accounts/refusal.ts";
import type { PasswordFault } from "#features/identity/passwords/rules.ts";

/** The problem of one field. */
export function fieldProblem(name: string, code: string, detail: string): Problem {
  return problem("validation-error", { detail, errors: [{ pointer: `#/${name}`, code, detail }] });
}

/** Refuses a line that people will read and that does not show what it holds. @throws validation-error */
export function refuseDeceptive(field: string, subject: string, text: string): void {
  const fault = visibleTextFault(text, "line");
  if (fault !== undefined) throw fieldProblem(field, "invalid", `${subject} ${fault}.`);
}

/** Says the same whatever was wrong: nobody learns here which accounts there are. */
export function refusedPassword(refusal: Refusal, detail: string): Problem {
  return refusal.outcome === "wrong" ? fieldProblem("password", "wrong", detail) : refusalProblem(refusal);
}

/** The problem of a password that is no good to choose. */
export function weakPassword(fault: PasswordFault): Problem {
  return fieldProblem("password", fault.code, fault.detail);
}
