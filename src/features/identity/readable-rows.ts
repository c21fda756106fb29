/**
 * The rules of reading as a description of rows, for queries of whole lists: what a list shows is what each single
 * read would. Fails closed: a rule that values of members cannot say is refused, never left out.
 */
import { rulesToCondition } from "@casl/ability/extra";
import type { Ability } from "#core/contract/ability.ts";
import type { Equalities } from "#core/data/equalities.ts";

/**
 * Alternatives of which a row must have one to be readable: none where nothing is, one without members where all is.
 * Plain data, equal for equal permissions, so that a cursor can be bound to it.
 *
 * @throws RangeError for rules that are more than equalities
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
  const members = Object.entries({ ...(conditions as object) }); // a rule's conditions are an object, where it has any
  if (!members.every(([name, value]) => !name.startsWith("$") && isPlain(value))) return refuse();
  return Object.fromEntries(members) as Equalities; // as was just checked
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === "string" || typeof value === "number";
}

function refuse(): never {
  throw new RangeError("rules of reading must be equalities to be asked of a whole list");
}
