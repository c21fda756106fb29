/** Describes rows by the values of their members, as plain data, and converts that to an SQL condition. */
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** Selects rows whose members have all these values. Empty: every row. */
export type Equalities = Readonly<Record<string, string | number | null>>;

/**
 * Holds for rows that match one of `alternatives`, so for no row if there are none. Undefined if an alternative matches
 * every row. `columns` maps member names to columns.
 *
 * @throws RangeError for a member without a column
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
