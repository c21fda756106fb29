/** Turns refusals of the account flows into problems of form fields. */
import { type Problem, problem } from "#core/http/problem.ts";
import { visibleTextFault } from "#core/http/visible-text.ts";
import type { Refusal } from "#features/identity/accounts/refusal.ts";
import { refusalProblem } from "#features/identity/accounts/refusal.ts";
import type { PasswordFault } from "#features/identity/passwords/rules.ts";

/** The problem of one invalid field. */
export function fieldProblem(name: string, code: string, detail: string): Problem {
  return problem("validation-error", { detail, errors: [{ pointer: `#/${name}`, code, detail }] });
}

/** Refuses a line of text with invisible or deceptive characters. @throws validation-error */
export function refuseDeceptive(field: string, subject: string, text: string): void {
  const fault = visibleTextFault(text, "line");
  if (fault !== undefined) throw fieldProblem(field, "invalid", `${subject} ${fault}.`);
}

/** The problem of a refused sign-in. The text is always the same, so it does not reveal which accounts exist. */
export function refusedPassword(refusal: Refusal, detail: string): Problem {
  return refusal.outcome === "wrong" ? fieldProblem("password", "wrong", detail) : refusalProblem(refusal);
}

/** The problem of a new password that is too weak. */
export function weakPassword(fault: PasswordFault): Problem {
  return fieldProblem("password", fault.code, fault.detail);
}
