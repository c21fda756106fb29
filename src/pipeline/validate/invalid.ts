/**
 * The problem of a request with an invalid body or parameters. The detail is that of a single fault, or the number of
 * faults.
 */
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";

const SUBJECTS = {
  "validation-error": "members of the body",
  "invalid-parameter": "parameters",
} as const;

export function invalid(type: keyof typeof SUBJECTS, errors: readonly RequestFault[]): Problem {
  const [only, ...others] = errors;
  const isOne = only !== undefined && others.length === 0;
  return problem(type, { detail: isOne ? only.detail : `${errors.length} ${SUBJECTS[type]} are invalid.`, errors });
}
