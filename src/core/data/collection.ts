/**
 * What all collections of the store have in common: a table whose rows have a version and stay as tombstones when they
 * are deleted, and a generation that changes with any of its rows. Where rows have owners, each owner's own have one
 * too, which nobody else's change. Triggers keep the generations in step.
 */
import { and, eq, getTableColumns, isNull, type SQL, sql } from "drizzle-orm";
import type { RunnableQuery } from "drizzle-orm/runnable-query";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { collections } from "#schema/collections.ts";
import type { Database } from "./database.ts";
import type { Generation } from "./generation.ts";

/** A collection's table. `seq` is the row's number, which never leaves the database. */
export type CollectionTable<Row = unknown> = SQLiteTable & {
  readonly $inferSelect: Row;
  readonly seq: SQLiteColumn;
  readonly id: SQLiteColumn;
  readonly version: SQLiteColumn;
  readonly deletedAt: SQLiteColumn;
};

/** A statement that gives rows, alone or in a batch. */
export type Query<Row> = RunnableQuery<Row[], "sqlite"> & PromiseLike<Row[]>;

export interface PageSelection<Row, Count> {
  readonly rows: readonly Row[];
  readonly counts: readonly Count[];
  readonly generation: Generation;
}

/** The name of the generation of one owner's own rows. */
export function ownedBy(collection: string, owner: string): string {
  return `${collection}/${owner}`;
}

/** The row of that id, unless it is deleted. */
export function isPresent(table: CollectionTable, id: string): SQL | undefined {
  return and(eq(table.id, id), isNull(table.deletedAt));
}

/** The rows of these ids, as they are or, when deleted, as they last were. */
export function rowsOf<Row>(database: Database, table: CollectionTable<Row>, ids: readonly string[]): Query<Row> {
  const query = database.orm
    .select(getTableColumns(table))
    .from(table as SQLiteTable) // whose columns Drizzle knows by name only for a known table
    .where(sql`${table.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return query as unknown as Query<Row>; // all columns of a table are its rows, which Drizzle tells only for a known table
}

/** Holds while the row is in the state that `version` names. */
export function isAt(table: CollectionTable, id: string, version: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${table} WHERE ${and(isPresent(table, id), eq(table.version, version))})`;
}

/** Sets only the columns that `change` names, so that indexes of others are left alone. */
export function updateRow<Row>(database: Database, table: CollectionTable<Row>, id: string, change: Partial<Row>) {
  return database.orm
    .update(table as SQLiteTable) // whose columns Drizzle knows by name only for a known table
    .set(change)
    .where(eq(table.id, id));
}

/** Columns of a page: subqueries that depend on no row are evaluated once, and spare the page a second query. */
export function generationColumns(collection: string) {
  const column = (name: "generation" | "changed_at") =>
    sql<number>`coalesce((SELECT ${sql.identifier(name)} FROM collections WHERE name = ${collection}), 0)`.as(name);
  return { generation: column("generation"), changedAt: column("changed_at") };
}

/** The generation alone: one row of a keyed table. */
export function generationQuery(database: Database, collection: string): Query<Generation> {
  return database.orm
    .select({ generation: collections.generation, changedAt: collections.changedAt })
    .from(collections)
    .where(eq(collections.name, collection));
}

/**
 * The generation as it is now. One that is older than `atLeast`, which the caller has seen, is of a replica that lags
 * behind: then the primary is asked.
 */
export async function readGeneration(database: Database, collection: string, atLeast = 0): Promise<Generation> {
  const seen = onlyGeneration(await generationQuery(database, collection));
  if (seen.generation >= atLeast) return seen;
  database.readPrimary();
  return onlyGeneration(await generationQuery(database, collection));
}

/** Nothing was ever written to what has no generation: it stands before the first. */
export function onlyGeneration([row]: readonly Generation[]): Generation {
  return row ?? { generation: 0, changedAt: 0 };
}

/**
 * A page whose rows carry `generationColumns`, with its counts where there are any: one round trip and one transaction,
 * and a second only for a page without rows.
 */
export async function selectPage<Row extends Generation, Count>(
  database: Database,
  collection: string,
  page: Query<Row>,
  counting: Query<Count> | undefined,
): Promise<PageSelection<Row, Count>> {
  const [rows, counts] = counting === undefined ? [await page, []] : await database.orm.batch([page, counting]);
  const [first] = rows;
  if (first !== undefined) return { rows, counts, generation: first };
  // No row to carry the generation. It is asked for together with the page, which may have rows by now.
  const generation = generationQuery(database, collection);
  const [again, generations, recounted] =
    counting === undefined
      ? [...(await database.orm.batch([page, generation])), []]
      : await database.orm.batch([page, generation, counting]);
  return { rows: again, counts: recounted, generation: onlyGeneration(generations) };
}
