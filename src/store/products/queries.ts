/** All SQL about products. Nothing else speaks to their tables. */
import { and, desc, eq, getTableColumns, gte, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { collections } from "../../../schema/collections.ts";
import { products } from "../../../schema/products.ts";
import { snapshots } from "../../../schema/snapshots.ts";
import type { Facet, Validator } from "../../contract/answer.ts";
import type { Database } from "../../data/database.ts";
import { behind, type OrderTerm, orderBy } from "../../data/keyset.ts";
import type { Window } from "../../paging/cursor-page.ts";
import type { FrozenWindow } from "../../paging/frozen-page.ts";
import { freeze, membersOf, SNAPSHOT_ROWS, sizeQuery } from "../../paging/snapshot.ts";
import { type SortKey, type SortTerm, totalOrder } from "../../paging/sort.ts";
import { matchExpression } from "./search.ts";

/** The collection's name where lists are validated and frozen. */
export const COLLECTION = "products";

export type ProductRow = typeof products.$inferSelect;
export type FacetName = "category" | "brand";
export type SortName = "created_at" | "price" | "name" | "relevance";

/** Which products a list is about. All given conditions hold at once. */
export interface ProductFilter {
  readonly categories: readonly string[] | undefined;
  readonly brands: readonly string[] | undefined;
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly search: string | undefined;
}

/** A list of products: which, and in what order. */
export interface ProductList {
  readonly filter: ProductFilter;
  readonly keys: readonly SortKey<SortName>[];
}

/** A row of a list, with how well it matches the search where that orders it: 1 when its name does, 0 otherwise. */
export type ListedRow = ProductRow & { readonly relevance: number };

export async function findProduct(database: Database, id: string): Promise<ProductRow | undefined> {
  const [row] = await database.orm
    .select()
    .from(products)
    .where(and(eq(products.id, id), isNull(products.deletedAt)))
    .limit(1);
  return row;
}

/** The list's validator alone: one row of a keyed table. */
export async function productsValidator(database: Database): Promise<Validator> {
  return validatorOf(await generationQuery(database));
}

export interface ProductSelection {
  readonly rows: readonly ListedRow[];
  readonly validator: Validator;
  readonly facets: Readonly<Record<string, readonly Facet[]>>;
}

/** One page with what it is validated by: one query, and one more for all facets asked for, in one transaction. */
export async function selectProducts(
  database: Database,
  list: ProductList,
  facets: readonly FacetName[],
  window: Window,
): Promise<ProductSelection> {
  const page = pageQuery(database, list, window);
  const facetCounts = facetsQuery(database, list.filter, facets);
  const [rows, counts] = facetCounts === undefined ? [await page, []] : await database.orm.batch([page, facetCounts]);
  if (rows.length > 0) return { rows, validator: validatorOf(rows), facets: groupFacets(counts, facets) };
  // No row to carry the validator. It is asked for together with the page, which may have rows by now.
  const validator = generationQuery(database);
  const [again, generation, recounted] =
    facetCounts === undefined
      ? [...(await database.orm.batch([page, validator])), []]
      : await database.orm.batch([page, validator, facetCounts]);
  return { rows: again, validator: validatorOf(generation), facets: groupFacets(recounted, facets) };
}

/** Rows of a frozen list by position, deleted ones as they last were. A new one is frozen in the same batch. */
export async function selectFrozen(
  database: Database,
  list: ProductList,
  window: FrozenWindow,
  now: number,
): Promise<{ rows: ProductRow[]; size: number | undefined; validator: Validator }> {
  const page = frozenQuery(database, window);
  const size = sizeQuery(database, window.id);
  const generation = generationQuery(database);
  const [rows, [snapshot], validated] = window.isNew
    ? await database.orm
        .batch([freezeStatement(database, list, window.id, now), page, size, generation])
        .then(([, ...read]) => read)
    : await database.orm.batch([page, size, generation]);
  return { rows, size: snapshot?.size, validator: validatorOf(validated) };
}

export function insertProduct(database: Database, row: typeof products.$inferInsert) {
  return database.orm.insert(products).values(row);
}

export function updateProduct(database: Database, id: string, change: Partial<typeof products.$inferInsert>) {
  return database.orm.update(products).set(change).where(eq(products.id, id));
}

/** Holds while the product is in the state that `version` names. */
export function productIsAt(id: string, version: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${products} WHERE ${eq(products.id, id)} AND ${eq(products.version, version)} AND ${isNull(products.deletedAt)})`;
}

/** The order that a list's sort keys ask for, made total by the id. */
export function orderOf(list: ProductList): SortTerm<ListedRow>[] {
  return totalOrder<SortName, ListedRow>(
    list.keys,
    {
      created_at: { column: products.createdAt, valueOf: (row) => row.createdAt },
      price: { column: products.priceAmount, valueOf: (row) => row.priceAmount },
      name: { column: products.name, valueOf: (row) => row.name },
      relevance: { column: relevance(list), valueOf: (row) => row.relevance },
    },
    { column: products.id, valueOf: (row) => row.id },
  );
}

/**
 * Relevance is a matter of the row alone. A statistical rank (bm25) would move with every other row's words, and
 * pages in its order would shift. A list that is not ordered by it does not pay for it.
 */
function relevance({ filter, keys }: ProductList): SQL<number> {
  const isOrder = keys.some((key) => key.name === "relevance");
  const expression = isOrder && filter.search !== undefined ? matchExpression(filter.search) : null;
  return expression === null ? sql<number>`FALSE` : sql<number>`(${found(`name : (${expression})`)})`;
}

function conditionsOf(filter: ProductFilter, except?: FacetName): SQL | undefined {
  const { categories, brands, minPrice, maxPrice, search } = filter;
  return and(
    isNull(products.deletedAt),
    categories === undefined || except === "category" ? undefined : oneOf(products.category, categories),
    brands === undefined || except === "brand" ? undefined : oneOf(products.brand, brands),
    minPrice === undefined ? undefined : gte(products.priceAmount, minPrice),
    maxPrice === undefined ? undefined : lte(products.priceAmount, maxPrice),
    search === undefined ? undefined : matches(search),
  );
}

function oneOf(column: typeof products.category | typeof products.brand, values: readonly string[]): SQL {
  const [only] = values;
  return values.length === 1 && only !== undefined ? eq(column, only) : inArray(column, [...values]);
}

function matches(search: string): SQL {
  const expression = matchExpression(search);
  return expression === null ? sql`FALSE` : found(expression);
}

function found(expression: string): SQL {
  return sql`${products.seq} IN (SELECT rowid FROM products_text WHERE products_text MATCH ${expression})`;
}

function pageQuery(database: Database, list: ProductList, { order, after, limit }: Window) {
  return database.orm
    .select({
      ...getTableColumns(products),
      relevance: relevance(list).as("relevance"),
      generation: validatorColumn("generation"),
      changedAt: validatorColumn("changed_at"),
    })
    .from(products)
    .where(and(conditionsOf(list.filter), after === undefined ? anywhere(list, order) : behind(order, after)))
    .orderBy(...orderBy(order))
    .limit(limit);
}

/**
 * Of a filter's several indexes the one in the list's order serves a first page by the first rows of each alternative.
 * Without statistics SQLite takes any of them and reads every match; a bound on the leading sort column tells it which.
 * Each number and text is less than the empty blob, so the bound leaves nothing out.
 */
function anywhere({ filter, keys }: ProductList, [first]: readonly OrderTerm[]): SQL | undefined {
  const hasAlternatives = (filter.categories?.length ?? 0) > 1 || (filter.brands?.length ?? 0) > 1;
  if (!hasAlternatives || first === undefined || keys[0]?.name === "relevance") return undefined;
  return sql`${first.column} < x''`;
}

function freezeStatement(database: Database, list: ProductList, id: string, now: number) {
  const members = database.orm
    .select({ seq: products.seq })
    .from(products)
    .where(conditionsOf(list.filter))
    .orderBy(...orderBy(orderOf(list)))
    .limit(SNAPSHOT_ROWS);
  return freeze(database, { id, now }, COLLECTION, members);
}

function frozenQuery(database: Database, { id, offset, limit }: FrozenWindow) {
  const { join, where } = membersOf(id, offset, limit);
  return database.orm
    .select(getTableColumns(products))
    .from(snapshots)
    .innerJoin(join, sql`TRUE`)
    .innerJoin(products, sql`${products.seq} = member.value`)
    .where(where)
    .orderBy(sql`member.key`);
}

/** At most 100 values of each facet, the most frequent first. A facet's own filter does not count. */
function facetsQuery(database: Database, filter: ProductFilter, [first, second]: readonly FacetName[]) {
  if (first === undefined) return undefined;
  const counts = database.orm.select().from(facetQuery(database, filter, first));
  return second === undefined
    ? counts
    : counts.unionAll(database.orm.select().from(facetQuery(database, filter, second)));
}

function facetQuery(database: Database, filter: ProductFilter, name: FacetName) {
  const count = sql<number>`count(*)`.as("count");
  return database.orm
    .select({ facet: sql<FacetName>`${name}`.as("facet"), value: products[name], count })
    .from(products)
    .where(conditionsOf(filter, name))
    .groupBy(products[name])
    .orderBy(desc(count), products[name])
    .limit(100)
    .as(`${name}_counts`);
}

function groupFacets(
  counts: readonly (Facet & { readonly facet: FacetName })[],
  names: readonly FacetName[],
): Record<string, readonly Facet[]> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      counts.filter(({ facet }) => facet === name).map(({ value, count }) => ({ value, count })),
    ]),
  );
}

/** A subquery that depends on no row: it is evaluated once, and spares the page a second query. */
function validatorColumn(name: "generation" | "changed_at") {
  return sql<number>`(SELECT ${sql.identifier(name)} FROM collections WHERE name = ${COLLECTION})`.as(name);
}

function generationQuery(database: Database) {
  return database.orm
    .select({ generation: collections.generation, changedAt: collections.changedAt })
    .from(collections)
    .where(eq(collections.name, COLLECTION));
}

function validatorOf([row]: readonly { readonly generation: number; readonly changedAt: number }[]): Validator {
  if (row === undefined) throw new RangeError("the collection has no generation");
  return { token: `g${row.generation.toString(36)}`, modifiedAt: row.changedAt };
}
