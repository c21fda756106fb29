/** Drizzle's table definitions match the tables that the migrations create. */
import { env } from "cloudflare:workers";
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";

const casing = new CasingCache("snake_case");

const TABLES = Object.values(import.meta.glob<Record<string, unknown>>("../../schema/*.ts", { eager: true }))
  .flatMap((file) => Object.values(file))
  .filter((exported) => is(exported, SQLiteTable));

it("finds the tables", () => {
  expect(TABLES.map((table) => getTableName(table))).toEqual(expect.arrayContaining(["users", "api_keys", "guards"]));
});

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

it.each(TABLES.map((table) => ({ name: getTableName(table), table })))(
  "$name has the columns of its migration",
  async ({ name, table }) => {
    const { results } = await env.DB.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
      .bind(name)
      .all<ColumnInfo>();
    const stored = results.map((column) => ({
      name: column.name,
      type: column.type.toLowerCase(),
      isRequired: column.notnull === 1 || column.pk === 1,
    }));
    const known = Object.values(getTableColumns(table)).map((column) => ({
      name: casing.getColumnCasing(column),
      type: column.getSQLType(),
      isRequired: column.notNull,
    }));
    expect(known).toEqual(stored);
  },
);
