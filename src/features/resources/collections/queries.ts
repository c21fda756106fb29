/** The SQL of collections: one row, one page, one insert. All values are bound parameters. */
import { and, Column, eq, getTableColumns, gte, inArray, is, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { generationColumns, isPresent, ownedBy, type Query, type Selected } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Equalities, isOneOf } from "#core/data/equalities.ts";
import type { Generation } from "#core/data/generation.ts";
import { behind, type KeyValue, type OrderTerm, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { type AnyRow, type Collection, type Filter, parameterOf } from "./collection.ts";
import { type Columns, columnName } from "./stored-member.ts";

/** The rows and the order of a list. Plain data, equal for equal lists, so that a cursor can be bound to it. */
export interface CollectionList {
  /** The alternatives that the caller may read. */
  readonly readable: readonly Equalities[];
  /** The values of each filter in use, by the name of its parameter. */
  readonly filter: Readonly<Record<string, readonly KeyValue[]>>;
  readonly keys: readonly SortKey<string>[];
}

/** What the columns of members depend on. */
type Columned = Pick<Collection, "resource" | "table" | "stored">;

/** The owner of a row, or the row itself if it is an account. */
const ITSELF = "id";

export async function findRow(collection: Collection, database: Database, id: string): Promise<AnyRow | undefined> {
  const { table, selected } = collection;
  const [row] = await database.orm
    .select({ ...getTableColumns(table as SQLiteTable), ...selected?.columns })
    .from(table as SQLiteTable) // known by name only
    .where(isPresent(table, id))
    .limit(1);
  return row as AnyRow | undefined; // all columns of the table
}

/** Holds if the row exists and matches one of the alternatives that the caller may read. */
export function isReadable(collection: Columned, readable: readonly Equalities[], id: string): SQL {
  const { table } = collection;
  const where = and(isPresent(table, id), isOneOf(readable, columnsByMember(collection, readable)));
  return sql`EXISTS (SELECT 1 FROM ${table} WHERE ${where})`;
}

export function insertRow({ table }: Collection, database: Database, row: Columns) {
  return database.orm.insert(table as SQLiteTable).values(row);
}

/** One page of a list. */
export function pageQuery<Row = AnyRow>(
  collection: Collection,
  database: Database,
  list: CollectionList,
  { order, after, limit }: Window,
  { where, columns }: Selected = {},
): Query<Row & Generation> {
  const { table } = collection;
  const query = database.orm
    .select({
      ...getTableColumns(table as SQLiteTable),
      ...collection.selected?.columns,
      ...columns,
      ...generationColumns(generationOf(collection, list)),
    })
    .from(table as SQLiteTable)
    .where(
      and(
        conditionsOf(collection, list),
        where,
        after === undefined ? anywhere(collection, list, order) : behind(order, after),
      ),
    )
    .orderBy(...orderBy(order))
    .limit(limit);
  return query as unknown as Query<Row & Generation>; // all these columns
}

/** Holds for the rows of a list. */
export function conditionsOf(collection: Collection, { readable, filter }: CollectionList): SQL | undefined {
  return and(
    isNull(collection.table.deletedAt),
    collection.selected?.where,
    isOneOf(readable, columnsByMember(collection, readable)),
    ...collection.filters.map((declared) => {
      const values = filter[parameterOf(declared)];
      return values === undefined ? undefined : matches(columnOf(collection, declared.member), declared, values);
    }),
  );
}

/**
 * The generation that validates a list. A list of one owner's rows changes only with those rows. An account has no
 * generation of its own.
 */
export function generationOf({ resource }: Pick<Collection, "resource">, { readable, filter }: CollectionList): string {
  const { collection, owner: member } = resource;
  if (member === undefined || member === ITSELF) return collection;
  const [only, ...others] = readable;
  const [filtered, ...alternatives] = filter[`filter[${member}]`] ?? [];
  const owner =
    (others.length === 0 ? only?.[member] : undefined) ?? (alternatives.length === 0 ? filtered : undefined);
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order of a list, made total by the id. `more` are sort keys that are not members. */
export function orderOf<Row = AnyRow>(
  collection: Collection,
  { keys }: Pick<CollectionList, "keys">,
  more: Readonly<Record<string, Omit<SortTerm<Row>, "direction">>> = {},
): SortTerm<Row>[] {
  const sortable = (member: string) => ({
    column: columnOf(collection, member),
    // Sort keys are text or numbers, never null.
    valueOf: (row: Row) => (row as Readonly<Record<string, KeyValue>>)[storedName(collection, member)] as KeyValue,
  });
  const sortables = Object.fromEntries(collection.sortKeys.map((member) => [member, sortable(member)]));
  return totalOrder(keys, { ...sortables, ...more }, sortable("id"));
}

function matches(column: SQLiteColumn, { operator }: Filter, values: readonly KeyValue[]): SQL | undefined {
  const [only, ...others] = values;
  if (operator === "at-least") return gte(column, only);
  if (operator === "at-most") return lte(column, only);
  return others.length === 0 ? eq(column, only) : inArray(column, [...values]);
}

/**
 * Makes SQLite use the index in the list's own order, which serves a first page from the first rows of each
 * alternative. Without statistics SQLite can choose any index of the filter and read every match. A bound on the
 * leading sort column selects the right one. Every number and text is less than the empty blob, so the bound excludes
 * no row.
 */
function anywhere({ filters }: Collection, { filter }: CollectionList, [first]: readonly OrderTerm[]): SQL | undefined {
  const hasAlternatives = filters.some((declared) => (filter[parameterOf(declared)]?.length ?? 0) > 1);
  return hasAlternatives && is(first?.column, Column) ? sql`${first.column} < x''` : undefined;
}

function storedName({ stored = {} }: Pick<Collection, "stored">, member: string): string {
  return stored[member]?.column ?? columnName(member);
}

function columnOf(collection: Columned, member: string): SQLiteColumn {
  const column = getTableColumns(collection.table as SQLiteTable)[storedName(collection, member)];
  if (column === undefined) throw new RangeError(`${collection.resource.collection} has no column for ${member}`);
  return column;
}

/** The columns of the members that access rules compare. */
function columnsByMember(collection: Columned, readable: readonly Equalities[]) {
  const members = readable.flatMap((equalities) => Object.keys(equalities));
  return Object.fromEntries(members.map((member) => [member, columnOf(collection, member)]));
}
