/**
 * The read rules as a description of rows, for queries on whole lists: a list shows exactly what each single read
 * would. Fails closed: a rule that row values cannot express throws an error and is never dropped.
 */
import { rulesToCondition } from "@casl/ability/extra";
import type { Ability } from "#core/contract/ability.ts";
import type { Equalities } from "#core/data/equalities.ts";

/**
 * Alternatives; a readable row matches at least one of them. Empty if nothing is readable; one alternative without
 * members if everything is. Plain data, equal for equal permissions, so a cursor can be bound to it.
 *
 * @throws RangeError for rules that are not plain equalities
 */
export function readableRows(ability: Ability, collection: string): readonly Equalities[] {
  const alternatives = rulesToCondition<Ability, Equalities[], Equalities[]>(
    ability.rulesFor("read", collection),
    ({ conditions, inverted }) => [equalitiesOf(conditions, inverted)],
    { or: (parts) => parts.flat(), and: refuse, empty: () => [{}] },
  );
  return alternatives ?? [];
}

function equalitiesOf(conditions: unknown, inverted: boolean): Equalities {
  if (inverted) return refuse();
  const members = Object.entries({ ...(conditions as object) }); // the conditions of a rule are an object, if it has any
  if (!members.every(([name, value]) => !name.startsWith("$") && isPlain(value))) return refuse();
  return Object.fromEntries(members) as Equalities; // checked above
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "number";
}

function refuse(): never {
  throw new RangeError("read rules must be plain equalities to apply to a list");
}
