/**
 * `include=user,answers.user`: selects the related resources to embed and their ids. Undeclared paths are rejected. A
 * resource that occurs several times is loaded once.
 */
import { includePaths, type Members, placeOf, type Relation } from "#core/contract/resource.ts";
import { invalidParameter } from "#core/http/problem.ts";

/** No relation is deeper than one below a list. */
const MAX_DEPTH = 3;

/**
 * The requested relations, each once, in their declared order; undefined without the parameter. A relation can be named
 * by its path, or by its name in HAL and JSON:API.
 *
 * @throws invalid-parameter for an unknown path, with a list of the allowed ones
 */
export function readIncludes(
  parameter: string | undefined,
  relations: readonly Relation[],
): readonly Relation[] | undefined {
  if (parameter === undefined) return undefined;
  const paths = parameter.split(",");
  const isNamed = ({ path, name }: Relation, asked: string) => path === asked || name === asked;
  const unknown = paths.find((path) => !relations.some((relation) => isNamed(relation, path)));
  if (unknown === undefined) return relations.filter((relation) => paths.some((path) => isNamed(relation, path)));
  const allowed = includePaths(relations).join(", ");
  if (unknown.split(".").length > MAX_DEPTH) {
    throw invalidParameter("include", "include-too-deep", `\`${unknown}\` is too deep. Allowed: ${allowed}.`);
  }
  throw invalidParameter("include", "unknown-include", `\`${unknown}\` cannot be included. Allowed: ${allowed}.`);
}

/** The ids of the relation's resources, one for each element if the relation is below a list. */
export function idsOf(members: Members, relation: Relation): string[] {
  const { list } = placeOf(relation);
  if (list === undefined) return idIn(members, relation.key);
  const elements = members[list];
  if (!Array.isArray(elements)) return [];
  return elements.flatMap((element: Readonly<Record<string, unknown>>) => idIn(element, relation.key));
}

function idIn(record: Readonly<Record<string, unknown>>, key: string): string[] {
  const id = record[key];
  return typeof id === "string" ? [id] : [];
}

/** The member of the resource that contains the ids of the relation. */
export function keyMemberOf(relation: Relation): string {
  return placeOf(relation).list ?? relation.key;
}

/** Adds to `fields` the lists that contain embedded resources, so that an included resource is always shown. */
export function withIncluded(
  fields: ReadonlySet<string> | undefined,
  relations: readonly Relation[] | undefined,
): ReadonlySet<string> | undefined {
  if (fields === undefined || relations === undefined) return fields;
  const lists = relations.flatMap((relation) => placeOf(relation).list ?? []);
  return new Set([...fields, ...lists]);
}
