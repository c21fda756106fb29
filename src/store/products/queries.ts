/** All SQL about products. Nothing else speaks to their tables. */
import { and, desc, eq, gte, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { collections } from "../../../schema/collections.ts";
import { products } from "../../../schema/products.ts";
import { snapshots } from "../../../schema/snapshots.ts";
import type { Facet, Validator } from "../../contract/answer.ts";
import type { Database } from "../../data/database.ts";
import { behind, type KeyValue, type OrderTerm, orderBy } from "../../data/keyset.ts";
import type { Window } from "../../paging/cursor-page.ts";
import { freeze, membersOf, SNAPSHOT_ROWS } from "../../paging/snapshot.ts";
import type { SortKey } from "../../paging/sort.ts";
import { matchExpression } from "./search.ts";

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

/** A row of a list, with how well it matches the search: 1 when its name does, 0 otherwise. */
export type ListedRow = ProductRow & { readonly relevance: number };

export interface ProductSelection {
  readonly rows: ListedRow[];
  readonly validator: Validator;
  readonly facets: Record<string, readonly Facet[]> | undefined;
}

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
  const [row] = await validatorQuery(database);
  return validatorOf(row?.generation ?? 0, row?.changedAt ?? 0);
}

/** One page: one query, or with facets one batch of two in one transaction. */
export async function selectProducts(
  database: Database,
  filter: ProductFilter,
  facets: readonly FacetName[],
  window: Window,
): Promise<ProductSelection> {
  const page = pageQuery(database, filter, window);
  const [facet, ...others] = facets;
  if (facet !== undefined) {
    const [rows, counts, [validator]] = await database.orm.batch([
      page,
      facetQuery(database, filter, [facet, ...others]),
      validatorQuery(database),
    ]);
    return {
      rows,
      facets: groupFacets(counts, facets),
      validator: validatorOf(validator?.generation ?? 0, validator?.changedAt ?? 0),
    };
  }
  const rows = await page;
  const [first] = rows;
  if (first !== undefined)
    return { rows, facets: undefined, validator: validatorOf(first.generation, first.changedAt) };
  // An empty page has no row to carry the validator; asking for both at once keeps them of one moment.
  const [again, [validator]] = await database.orm.batch([
    pageQuery(database, filter, window),
    validatorQuery(database),
  ]);
  return {
    rows: again,
    facets: undefined,
    validator: validatorOf(validator?.generation ?? 0, validator?.changedAt ?? 0),
  };
}

/** Freezes the list under `id` and gives the first rows of it. */
export async function freezeProducts(
  database: Database,
  filter: ProductFilter,
  order: readonly OrderTerm[],
  snapshot: { readonly id: string; readonly now: number; readonly offset: number; readonly count: number },
): Promise<ProductSelection> {
  const members = database.orm
    .select({ seq: products.seq })
    .from(products)
    .where(conditionsOf(filter))
    .orderBy(...orderBy(order))
    .limit(SNAPSHOT_ROWS);
  const [, rows, [validator]] = await database.orm.batch([
    freeze(database, snapshot.id, "products", members, snapshot.now),
    frozenQuery(database, snapshot.id, snapshot.offset, snapshot.count),
    validatorQuery(database),
  ]);
  return { rows, facets: undefined, validator: validatorOf(validator?.generation ?? 0, validator?.changedAt ?? 0) };
}

/** Rows of a frozen list by position, deleted ones as they last were. */
export async function selectFrozen(
  database: Database,
  id: string,
  offset: number,
  count: number,
): Promise<ProductSelection> {
  const [rows, [validator]] = await database.orm.batch([
    frozenQuery(database, id, offset, count),
    validatorQuery(database),
  ]);
  return { rows, facets: undefined, validator: validatorOf(validator?.generation ?? 0, validator?.changedAt ?? 0) };
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

/** The order that sort keys ask for, made total by the id, which follows the last key's direction. */
export function orderOf(keys: readonly SortKey<SortName>[], filter: ProductFilter): OrderTerm[] {
  const terms = keys.map((key) => ({ column: sortColumn(key.name, filter), direction: key.direction }));
  return [...terms, { column: products.id, direction: keys.at(-1)?.direction ?? "desc" }];
}

/** The values of that order in one row. */
export function keyOf(keys: readonly SortKey<SortName>[], row: ListedRow): KeyValue[] {
  const values = { created_at: row.createdAt, price: row.priceAmount, name: row.name, relevance: row.relevance };
  return [...keys.map((key) => values[key.name]), row.id];
}

function sortColumn(name: SortName, filter: ProductFilter): OrderTerm["column"] {
  const columns = { created_at: products.createdAt, price: products.priceAmount, name: products.name };
  return name === "relevance" ? relevance(filter) : columns[name];
}

/**
 * Relevance is a matter of the row alone. A statistical rank (bm25) would move with every other row's words, and
 * pages in its order would shift.
 */
function relevance(filter: ProductFilter): SQL<number> {
  const expression = filter.search === undefined ? null : matchExpression(filter.search);
  if (expression === null) return sql<number>`0`;
  return sql<number>`(${products.seq} IN (SELECT rowid FROM products_text WHERE products_text MATCH ${`name : (${expression})`}))`;
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
  if (expression === null) return sql`FALSE`;
  return sql`${products.seq} IN (SELECT rowid FROM products_text WHERE products_text MATCH ${expression})`;
}

function pageQuery(database: Database, filter: ProductFilter, window: Window) {
  return database.orm
    .select({ ...columns(filter), generation: validatorColumn("generation"), changedAt: validatorColumn("changed_at") })
    .from(products)
    .where(and(conditionsOf(filter), window.after === undefined ? undefined : behind(window.order, window.after)))
    .orderBy(...orderBy(window.order))
    .limit(window.limit);
}

function columns(filter: ProductFilter) {
  const {
    seq,
    id,
    name,
    description,
    category,
    brand,
    priceAmount,
    priceCurrency,
    stock,
    version,
    createdAt,
    updatedAt,
    deletedAt,
  } = products;
  return {
    seq,
    id,
    name,
    description,
    category,
    brand,
    priceAmount,
    priceCurrency,
    stock,
    version,
    createdAt,
    updatedAt,
    deletedAt,
    relevance: relevance(filter).as("relevance"),
  };
}

function frozenQuery(database: Database, id: string, offset: number, count: number) {
  const { join, where } = membersOf(id, offset, count);
  return database.orm
    .select(
      columns({
        categories: undefined,
        brands: undefined,
        minPrice: undefined,
        maxPrice: undefined,
        search: undefined,
      }),
    )
    .from(snapshots)
    .innerJoin(join, sql`TRUE`)
    .innerJoin(products, sql`${products.seq} = member.value`)
    .where(where)
    .orderBy(sql`member.key`);
}

/** At most 100 values of each facet, the most frequent first. */
function facetQuery(
  database: Database,
  filter: ProductFilter,
  [first, ...others]: readonly [FacetName, ...FacetName[]],
) {
  const [second] = others;
  const counts = database.orm.select().from(facetCounts(database, filter, first));
  return second === undefined
    ? counts
    : counts.unionAll(database.orm.select().from(facetCounts(database, filter, second)));
}

function facetCounts(database: Database, filter: ProductFilter, name: FacetName) {
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
  counts: readonly (Facet & { readonly facet: string })[],
  names: readonly FacetName[],
): Record<string, readonly Facet[]> {
  const inOrder = counts.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return Object.fromEntries(
    names.map((name) => [
      name,
      inOrder.filter((row) => row.facet === name).map(({ value, count }) => ({ value, count })),
    ]),
  );
}

function validatorQuery(database: Database) {
  return database.orm
    .select({ generation: collections.generation, changedAt: collections.changedAt })
    .from(collections)
    .where(eq(collections.name, "products"));
}

/** A subquery that stands for itself: it is evaluated once, and spares the list a second query. */
function validatorColumn(name: "generation" | "changed_at") {
  return sql<number>`(SELECT ${sql.identifier(name)} FROM collections WHERE name = 'products')`.as(name);
}

function validatorOf(generation: number, changedAt: number): Validator {
  return { token: `g${generation.toString(36)}`, modifiedAt: changedAt };
}
