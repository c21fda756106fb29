/** Rows described by values of their members: plain data outside of this room, and a condition in SQL here. */
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** Rows whose members have all these values; of no member: every row. */
export type Equalities = Readonly<Record<string, string | number | null>>;

/**
 * Holds for the rows that one of `alternatives` describes, and so for none where there is no alternative. Undefined
 * where one of them describes every row. `columns` are those of the members, by their names.
 *
 * @throws RangeError for a member that has no column
 */
export function isOneOf(
  alternatives: readonly Equalities[],
  columns: Readonly<Record<string, SQLiteColumn>>,
): SQL | undefined {
  if (alternatives.length === 0) return sql`FALSE`;
  const conditions = alternatives.map((equalities) => hasAll(equalities, columns));
  return conditions.includes(undefined) ? undefined : or(...conditions);
}

function hasAll(equalities: Equalities, columns: Readonly<Record<string, SQLiteColumn>>): SQL | undefined {
  const conditions = Object.entries(equalities).map(([member, value]) => {
    const column = Object.hasOwn(columns, member) ? columns[member] : undefined;
    if (column === undefined) throw new RangeError(`no column for the member ${member}`);
    return value === null ? isNull(column) : eq(column, value);
  });
  return and(...conditions);
}
