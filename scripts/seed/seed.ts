/** Rows of the local state. A seed runs if its table is empty, so it never touches a store in use. */
import { insertsInto, type Value } from "./sql.ts";

export interface Seed {
  /** The seed runs if this table is empty. */
  readonly table: string;
  /** INSERT statements of one line each. */
  statements(): Iterable<string>;
}

/** A seed of resources as clients see them. A time becomes epoch milliseconds; a column has the name of its member. */
export function seedOf(table: string, resources: readonly Readonly<Record<string, string | number>>[]): Seed {
  const rows = resources.map((resource) => Object.entries(resource).map(columnOf));
  return { table, statements: () => insertsInto(table, rows) };
}

function columnOf([member, value]: [string, string | number]): readonly [string, Value] {
  return [member, member.endsWith("_at") ? Date.parse(String(value)) : value];
}
