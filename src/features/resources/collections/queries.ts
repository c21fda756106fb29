/** The SQL of collections: one row, one page, one insert. All values are bound parameters. */
import { and, eq, getTableColumns, inArray, isNull, type SQL } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { generationColumns, isPresent, ownedBy, type Query } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Equalities, isOneOf } from "#core/data/equalities.ts";
import type { Generation } from "#core/data/generation.ts";
import { behind, type KeyValue, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { type AnyRow, type Collection, type Columns, columnName } from "./collection.ts";

/** The rows and the order of a list. Plain data, equal for equal lists, so that a cursor can be bound to it. */
export interface CollectionList {
  /** The alternatives that the caller may read. */
  readonly readable: readonly Equalities[];
  /** The accepted values of each filter in use, by the filter's member. */
  readonly filter: Readonly<Record<string, readonly string[]>>;
  readonly keys: readonly SortKey<string>[];
}

export async function findRow({ table }: Collection, database: Database, id: string): Promise<AnyRow | undefined> {
  const [row] = await select(table, database).where(isPresent(table, id)).limit(1);
  return row as AnyRow | undefined; // all columns of the table
}

export function insertRow({ table }: Collection, database: Database, row: Columns) {
  return database.orm.insert(table as SQLiteTable).values(row);
}

/** One page of a list. */
export function pageQuery(
  collection: Collection,
  database: Database,
  list: CollectionList,
  { order, after, limit }: Window,
): Query<AnyRow & Generation> {
  const { table } = collection;
  const query = database.orm
    .select({ ...getTableColumns(table as SQLiteTable), ...generationColumns(generationOf(collection, list)) })
    .from(table as SQLiteTable)
    .where(
      and(
        isNull(table.deletedAt),
        isOneOf(list.readable, columnsByMember(collection)),
        ...Object.entries(list.filter).map(([member, values]) => isAny(columnOf(collection, member), values)),
        after === undefined ? undefined : behind(order, after),
      ),
    )
    .orderBy(...orderBy(order))
    .limit(limit);
  return query as unknown as Query<AnyRow & Generation>; // all columns of the table, and those of the generation
}

/** The generation that validates a list. A list of one owner's rows changes only with those rows. */
export function generationOf({ resource }: Collection, { readable, filter }: CollectionList): string {
  const { collection, owner: member } = resource;
  if (member === undefined) return collection;
  const [only, ...others] = readable;
  const [filtered, ...alternatives] = filter[member] ?? [];
  const owner =
    (others.length === 0 ? only?.[member] : undefined) ?? (alternatives.length === 0 ? filtered : undefined);
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order of a list, made total by the id. */
export function orderOf(collection: Collection, { keys }: Pick<CollectionList, "keys">): SortTerm<AnyRow>[] {
  const sortable = (member: string) => ({
    column: columnOf(collection, member),
    valueOf: (row: AnyRow) => row[columnName(member)] as KeyValue, // sort keys are text or numbers, never null
  });
  const sortables = Object.fromEntries(collection.sortKeys.map((member) => [member, sortable(member)]));
  return totalOrder(keys, sortables, sortable("id"));
}

function isAny(column: SQLiteColumn, values: readonly string[]): SQL | undefined {
  const [only, ...others] = values;
  return others.length === 0 && only !== undefined ? eq(column, only) : inArray(column, [...values]);
}

/** @throws RangeError for a member that has no column */
export function columnOf({ table, resource }: Pick<Collection, "table" | "resource">, member: string): SQLiteColumn {
  const column = getTableColumns(table as SQLiteTable)[columnName(member)];
  if (column === undefined) throw new RangeError(`${resource.collection} has no column for ${member}`);
  return column;
}

function columnsByMember(collection: Collection): Readonly<Record<string, SQLiteColumn>> {
  const members = Object.keys(collection.resource.schema.shape);
  return Object.fromEntries(members.map((member) => [member, columnOf(collection, member)]));
}

function select(table: Collection["table"], database: Database) {
  return database.orm.select(getTableColumns(table as SQLiteTable)).from(table as SQLiteTable); // known by name only
}
