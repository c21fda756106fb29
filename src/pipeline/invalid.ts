/** The problem of a body whose members break the contract. */
import { type Problem, problem, type RequestFault } from "../http/problem.ts";

export function invalid(errors: readonly RequestFault[]): Problem {
  const [only, ...others] = errors;
  const detail =
    only !== undefined && others.length === 0 ? only.detail : `${errors.length} members of the body are invalid.`;
  return problem("validation-error", { detail, errors });
}
