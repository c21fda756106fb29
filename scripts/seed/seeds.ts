// The seeds of an empty local database, in this order. Each domain is one line.

import { userRows } from "./accounts.ts";
import { insertRows } from "./sql.ts";
import { storeTables } from "./store/rows.ts";

/** Rows by table. Referenced tables come first. */
export type Tables = Readonly<Record<string, readonly object[]>>;

interface Seed {
  /** The seed is missing while this table has no row. Deleted rows remain as tombstones, so it is never repeated. */
  readonly table: string;
  tables(): Tables;
}

export const SEEDS: readonly Seed[] = [
  { table: "users", tables: () => ({ users: userRows() }) },
  { table: "products", tables: storeTables },
];

/** The INSERT statements of rows. */
export function statementsOf(tables: Tables): string[] {
  return Object.entries(tables).flatMap(([table, rows]) => [...insertRows(table, rows)]);
}

/** All statements for a database without any row. */
export function seedStatements(): string[] {
  return SEEDS.flatMap(({ tables }) => statementsOf(tables()));
}
