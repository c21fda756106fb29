/** Examples of problems whose occurrences say more than their type. All others use the `detail` of their type. */

import type { RequestFault } from "#core/http/problem.ts";
import { type ProblemName, type ProblemType, problemCode } from "#core/http/problem-types.ts";

interface Occurrence {
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
  readonly members?: Readonly<Record<string, unknown>>;
}

const cursorFault = (code: string, detail: string): Occurrence => ({
  detail,
  errors: [{ parameter: "cursor", code, detail }],
});

const OCCURRENCES: Readonly<Record<string, Occurrence>> = {
  "validation-error": {
    detail: "2 members of the body are invalid.",
    errors: [
      { pointer: "#/name", code: "required", detail: "`name` is required." },
      { pointer: "#/colour", code: "unknown", detail: "`colour` is not a writable member." },
    ],
  },
  "malformed-request": {
    detail: "The text is not valid JSON.",
    errors: [{ pointer: "#", code: "syntax", detail: "The text is not valid JSON." }],
  },
  "invalid-parameter": {
    detail: "The parameter `limit` must be a whole number from 1 to 100.",
    errors: [
      { parameter: "limit", code: "invalid", detail: "The parameter `limit` must be a whole number from 1 to 100." },
    ],
  },
  "invalid-cursor": cursorFault("invalid-cursor", "The cursor does not belong to this list."),
  "cursor-expired": cursorFault("cursor-expired", "The cursor expired at 2026-01-31T12:00:00.000Z."),
  unauthorized: { detail: "This operation needs an access token." },
  forbidden: { detail: "This principal does not have permission to list users." },
  "not-acceptable": { detail: "Available: application/json, application/hal+json, application/vnd.api+json." },
  "unsupported-media-type": { detail: "The body must be application/json in UTF-8." },
  "quota-exceeded": {
    detail: "Too many requests. Try again in 1 second.",
    members: { "violated-policies": ["default"] },
  },
  "temporary-reduced-capacity": {
    detail: "More than 1000 requests are in progress. One more of this kind would slow down all of them.",
    members: { "violated-policies": ["load-lists"] },
  },
  "content-too-large": { detail: "The body may have at most 1048576 bytes." },
} satisfies Partial<Record<ProblemName, Occurrence>>;

/** Examples come from a deployment at this origin. */
const ORIGIN = "https://api.example.com";

/** A complete problem document of that type. */
export function problemExample({ name, title, status, detail, retryable }: ProblemType): Record<string, unknown> {
  const occurrence = OCCURRENCES[name];
  return {
    type: `${ORIGIN}/problems/${name}`,
    title,
    status,
    detail: occurrence?.detail ?? detail,
    instance: "/v1/users",
    code: problemCode(name),
    correlation_id: "7f3b0c7a5d2e4b6f9a1c8e0d2f4b6a8c",
    retryable,
    ...(occurrence?.errors === undefined ? {} : { errors: occurrence.errors }),
    ...occurrence?.members,
  };
}
