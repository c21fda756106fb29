/**
 * What all collections have in common. The table has a version per row, and keeps deleted rows as tombstones. The
 * collection's generation changes with every row. Rows of one owner also have their own generation. Triggers update the
 * generations.
 */
import { and, eq, getTableColumns, isNull, type SQL, sql } from "drizzle-orm";
import type { RunnableQuery } from "drizzle-orm/runnable-query";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { collections } from "#schema/collections.ts";
import type { Database } from "./database.ts";
import type { Generation } from "./generation.ts";

/** The table of a collection. `seq` is the row's number, which never leaves the database. */
export type CollectionTable<Row = unknown> = SQLiteTable & {
  readonly $inferSelect: Row;
  readonly seq: SQLiteColumn;
  readonly id: SQLiteColumn;
  readonly version: SQLiteColumn;
  readonly deletedAt: SQLiteColumn;
};

/** What a collection selects in addition to the rows and the columns of its table. */
export interface Selected {
  /** Restricts lists. It repeats the condition of their partial indexes literally, without bound values. */
  readonly where?: SQL | undefined;
  readonly columns?: Readonly<Record<string, SQL.Aliased>>;
}

/** A statement that returns rows, alone or in a batch. */
export type Query<Row> = RunnableQuery<Row[], "sqlite"> & PromiseLike<Row[]>;

export interface PageSelection<Row, Count> {
  readonly rows: readonly Row[];
  readonly counts: readonly Count[];
  readonly generation: Generation;
}

/** The name of the generation that covers one owner's rows. */
export function ownedBy(collection: string, owner: string): string {
  return `${collection}/${owner}`;
}

/** Holds if the row with that id exists and is not deleted. */
export function isPresent(table: CollectionTable, id: string): SQL | undefined {
  return and(eq(table.id, id), isNull(table.deletedAt));
}

/** The rows with these ids in their current state, or in their last state if deleted. */
export function rowsOf<Row>(database: Database, table: CollectionTable<Row>, ids: readonly string[]): Query<Row> {
  const query = database.orm
    .select(getTableColumns(table))
    .from(table as SQLiteTable) // Drizzle types columns only for a known table
    .where(sql`${table.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
  return query as unknown as Query<Row>; // Drizzle types rows only for a known table
}

/** Holds while the row has that `version`. */
export function isAt(table: CollectionTable, id: string, version: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${table} WHERE ${and(isPresent(table, id), eq(table.version, version))})`;
}

/** Updates only the columns that `change` names, so the indexes of other columns stay untouched. */
export function updateRow<Row>(database: Database, table: CollectionTable<Row>, id: string, change: Partial<Row>) {
  return database.orm
    .update(table as SQLiteTable) // Drizzle types columns only for a known table
    .set(change)
    .where(eq(table.id, id));
}

/**
 * Columns that add the generation to a page. SQLite evaluates these subqueries once, so the page needs no second query.
 */
export function generationColumns(collection: string) {
  const column = (name: "generation" | "changed_at") =>
    sql<number>`coalesce((SELECT ${sql.identifier(name)} FROM collections WHERE name = ${collection}), 0)`.as(name);
  return { generation: column("generation"), changedAt: column("changed_at") };
}

/** Reads the generation alone: one row of a keyed table. */
export function generationQuery(database: Database, collection: string): Query<Generation> {
  return database.orm
    .select({ generation: collections.generation, changedAt: collections.changedAt })
    .from(collections)
    .where(eq(collections.name, collection));
}

/**
 * The current generation. If it is older than `atLeast`, which the caller has already seen, a replica lags behind, and
 * the primary is queried.
 */
export async function readGeneration(database: Database, collection: string, atLeast = 0): Promise<Generation> {
  const seen = onlyGeneration(await generationQuery(database, collection));
  if (seen.generation >= atLeast) return seen;
  database.readPrimary();
  return onlyGeneration(await generationQuery(database, collection));
}

/** The generation in the result. A collection that was never written has no row; its generation is 0. */
export function onlyGeneration([row]: readonly Generation[]): Generation {
  return row ?? { generation: 0, changedAt: 0 };
}

/**
 * A page whose rows carry `generationColumns`, with optional counts. It takes one round trip and one transaction; a
 * page without rows takes a second round trip.
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
  // An empty page has no row to carry the generation. The second query reads the page again, because rows may exist by
  // now.
  const generation = generationQuery(database, collection);
  const [again, generations, recounted] =
    counting === undefined
      ? [...(await database.orm.batch([page, generation])), []]
      : await database.orm.batch([page, generation, counting]);
  return { rows: again, counts: recounted, generation: onlyGeneration(generations) };
}
