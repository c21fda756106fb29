/**
 * `include=user,items.product`: which related resources to embed, and which ids those are. What is not declared is
 * refused. A resource that is named many times is loaded once.
 */
import { includePaths, type Members, placeOf, type Relation } from "#core/contract/resource.ts";
import { invalidParameter } from "#core/http/problem.ts";

/** Relations below a list are the deepest there are. */
const MAX_DEPTH = 3;

/**
 * The relations asked for, each once, in their declared order; undefined where nothing is asked for. Each may be named by
 * its path, or by the name that it has in HAL and JSON:API.
 *
 * @throws invalid-parameter for a path that there is not, with those there are
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
  throw invalidParameter(
    "include",
    "unknown-include",
    `There is nothing to include as \`${unknown}\`. Allowed: ${allowed}.`,
  );
}

/** The ids that the relation leads to, one for each element of its list where it is below one. */
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

/** The member of the resource itself that has the ids of the relation. */
export function keyMemberOf(relation: Relation): string {
  return placeOf(relation).list ?? relation.key;
}

/** `fields` with the lists that something is to be embedded in: what is asked for by name is shown. */
export function withIncluded(
  fields: ReadonlySet<string> | undefined,
  relations: readonly Relation[] | undefined,
): ReadonlySet<string> | undefined {
  if (fields === undefined || relations === undefined) return fields;
  const lists = relations.flatMap((relation) => placeOf(relation).list ?? []);
  return new Set([...fields, ...lists]);
}
