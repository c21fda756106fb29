/** Sparse fieldsets: `fields=id,name` returns exactly those members. The id is always included. */

import type { Members } from "#core/contract/resource.ts";
import { type Problem, problem } from "#core/http/problem.ts";

/**
 * The requested members, or undefined for all. Names can be repeated.
 *
 * @throws invalid-parameter with the unknown and the allowed names; a member that the principal may not read counts as
 * unknown
 */
export function readFields(
  parameter: string | undefined,
  readable: readonly string[],
): ReadonlySet<string> | undefined {
  if (parameter === undefined) return undefined;
  const names = parameter.split(",");
  const unknown = [...new Set(names.filter((name) => !readable.includes(name)))];
  if (unknown.length === 0) return new Set(["id", ...names]);
  throw unknownFields("fields", unknown, readable);
}

/** The problem for unknown or unreadable fields. */
export function unknownFields(parameter: string, unknown: readonly string[], allowed: readonly string[]): Problem {
  const listed = unknown.map((name) => `\`${name}\``).join(", ");
  return problem("invalid-parameter", {
    detail: `The parameter \`${parameter}\` contains unknown fields: ${listed}. Allowed: ${allowed.join(", ")}.`,
    errors: unknown.map((name) => ({
      parameter,
      code: "unknown-field",
      detail: `The field \`${name}\` does not exist. Allowed: ${allowed.join(", ")}.`,
    })),
    members: { allowed },
  });
}

/** The readable members that `fields` selects, by default all, in their own order. */
export function pickFields(
  members: Members,
  fields: ReadonlySet<string> | undefined,
  readable: readonly string[],
): Partial<Members> {
  if (fields === undefined && Object.keys(members).every((name) => readable.includes(name))) return members;
  const isShown = (name: string) => readable.includes(name) && (fields?.has(name) ?? true);
  return Object.fromEntries(Object.entries(members).filter(([name]) => isShown(name)));
}
