/** What fills a table of the local state. A seed runs if its table is empty, so it never touches a table in use. */
import { insertsInto, type Value } from "./sql.ts";

export interface Seed {
  /** The seed runs if this table is empty. A table that ever had a row is not, because deleted rows stay as tombstones. */
  readonly table: string;
  /** INSERT statements of one line each, referenced rows first. */
  statements(): Iterable<string>;
}

/** A seed of resources as clients see them. A time becomes epoch milliseconds; a column has the name of its member. */
export function seedOf(table: string, resources: readonly Readonly<Record<string, Value>>[]): Seed {
  const rows = resources.map((resource) => Object.entries(resource).map(columnOf));
  return { table, statements: () => insertsInto(table, rows) };
}

function columnOf([member, value]: [string, Value]): readonly [string, Value] {
  return [member, member.endsWith("_at") ? Date.parse(String(value)) : value];
}

/** Rows with their columns by name, as `insertsInto` takes them. */
export function rowsOf(rows: readonly object[]): (readonly [column: string, value: Value])[][] {
  return rows.map((row) => Object.entries<Value>({ ...row }));
}
