/** Sparse fields: `fields=id,name` gives exactly those members, and the id that every representation keeps. */

import type { Members } from "#core/contract/resource.ts";
import { type Problem, problem } from "#core/http/problem.ts";

/**
 * The members asked for, or undefined for all. A name may stand twice.
 *
 * @throws invalid-parameter listing what is unknown and what is allowed; a member that the principal may not read is
 * as unknown as one that does not exist
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

/** The refusal of names that no field has that may be read. */
export function unknownFields(parameter: string, unknown: readonly string[], allowed: readonly string[]): Problem {
  const listed = unknown.map((name) => `\`${name}\``).join(", ");
  return problem("invalid-parameter", {
    detail: `The parameter \`${parameter}\` names ${listed}. Allowed: ${allowed.join(", ")}.`,
    errors: unknown.map((name) => ({
      parameter,
      code: "unknown-field",
      detail: `There is no field \`${name}\`. Allowed: ${allowed.join(", ")}.`,
    })),
    members: { allowed },
  });
}

/** The members that are in `fields`, by default all, as far as they are readable; in their own order. */
export function pickFields(
  members: Members,
  fields: ReadonlySet<string> | undefined,
  readable: readonly string[],
): Partial<Members> {
  if (fields === undefined && Object.keys(members).every((name) => readable.includes(name))) return members;
  const isShown = (name: string) => readable.includes(name) && (fields?.has(name) ?? true);
  return Object.fromEntries(Object.entries(members).filter(([name]) => isShown(name)));
}
