/** What zod finds wrong, in the words of a problem's `errors`. */
import type { z } from "@hono/zod-openapi";
import { pointerOf } from "../http/json-pointer.ts";
import type { RequestFault } from "../http/problem.ts";

type Issue = z.core.$ZodIssue;

/**
 * All faults of a body. A pointer always resolves in what was sent, so that a missing member is told at the object
 * which lacks it.
 */
export function bodyFaults(error: z.ZodError, body: unknown): RequestFault[] {
  return error.issues.flatMap((issue) => issueFaults(issue, body));
}

/** All faults of query parameters; a parameter is named by the issue's first segment. */
export function parameterFaults(error: z.ZodError): RequestFault[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ parameter: key, code: "unknown", detail: `There is no parameter \`${key}\` here.` }))
      : [{ parameter: String(issue.path[0] ?? ""), code: codeOf(issue), detail: issue.message }],
  );
}

function issueFaults(issue: Issue, body: unknown): RequestFault[] {
  const path = issue.path.filter((segment) => typeof segment !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      code: "unknown",
      detail: `\`${key}\` is not a member that can be set.`,
    }));
  }
  const missing = path.at(-1);
  if (missing !== undefined && issue.code === "invalid_type" && !resolves(body, path)) {
    return [{ pointer: pointerOf(path.slice(0, -1)), code: "required", detail: `\`${missing}\` is required.` }];
  }
  return [{ pointer: pointerOf(path), code: codeOf(issue), detail: issue.message }];
}

function resolves(value: unknown, path: readonly (string | number)[]): boolean {
  const [segment, ...rest] = path;
  if (segment === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return false;
  return resolves((value as Record<string | number, unknown>)[segment], rest); // an object with this own member
}

/** Our own stable codes: zod's may be renamed under us. */
function codeOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return "wrong-type";
    case "too_small":
      return "too-small";
    case "too_big":
      return "too-large";
    case "invalid_format":
      return "wrong-format";
    case "invalid_value":
      return "not-allowed";
    default:
      return "invalid";
  }
}
