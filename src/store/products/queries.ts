/** All SQL for products. No other code accesses their tables. */
import { and, desc, eq, getTableColumns, gte, inArray, isNull, lte, type SQL, sql } from "drizzle-orm";
import { generationColumns, isPresent } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { behind, type OrderTerm, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import type { Freezable } from "#features/paging/snapshot.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { productUnits } from "#schema/orders.ts";
import { products } from "#schema/products.ts";
import { type FacetName, ProductResource } from "./contract.ts";
import { matchExpression } from "./search.ts";

export { products };

export type ProductRow = typeof products.$inferSelect;
export type SortName = "created_at" | "price" | "name" | "relevance";

/** Selects the products of a list. All given conditions must hold. */
export interface ProductFilter {
  readonly categories: readonly string[] | undefined;
  readonly brands: readonly string[] | undefined;
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly search: string | undefined;
}

/** The filter and the order of a list of products. */
export interface ProductList {
  readonly filter: ProductFilter;
  readonly keys: readonly SortKey<SortName>[];
}

/** A row of a list. `relevance` is 1 if the search matches the name and orders the list, 0 otherwise. */
export type ListedRow = ProductRow & { readonly relevance: number };

export async function findProduct(database: Database, id: string): Promise<ProductRow | undefined> {
  const [row] = await database.orm.select().from(products).where(isPresent(products, id)).limit(1);
  return row;
}

export function insertProduct(database: Database, row: typeof products.$inferInsert) {
  return database.orm.insert(products).values(row);
}

/** A quantity of one product. */
export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

/**
 * Reads what an order copies from these products, their price in minor units, their stock, and their units in unpaid
 * orders. Missing products have no row.
 */
export function offersQuery(database: Database, ids: readonly string[]) {
  return database.orm
    .select({
      id: products.id,
      name: products.name,
      category: products.category,
      brand: products.brand,
      priceAmount: products.priceAmount,
      stock: products.stock,
      unpaidUnits: sql<number>`coalesce(${productUnits.unpaidUnits}, 0)`,
    })
    .from(products)
    .leftJoin(productUnits, eq(productUnits.productId, products.id))
    .where(
      and(isNull(products.deletedAt), sql`${products.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`),
    );
}

/** The name and price of a product that an order copies. */
export interface Offer {
  readonly productId: string;
  readonly productName: string;
  readonly unitPriceAmount: number;
}

/** Holds if all these products exist with this name and price. */
export function areOffered(offers: readonly Offer[]): SQL {
  const lines = JSON.stringify(
    offers.map(({ productId, productName, unitPriceAmount }) => [productId, unitPriceAmount, productName]),
  );
  return sql`(
    SELECT count(*) FROM json_each(${lines}) AS line
    INNER JOIN products ON products.id = json_extract(line.value, '$[0]')
    WHERE products.deleted_at IS NULL AND products.price_amount = json_extract(line.value, '$[1]')
      AND products.name = json_extract(line.value, '$[2]')
  ) = ${offers.length}`;
}

/** Holds if no product would exceed `max` units in unpaid orders after adding these. */
export function haveUnpaidRoom(units: readonly Units[], max: number): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${linesOf(units)}) AS line
    INNER JOIN product_units ON product_id = json_extract(line.value, '$[0]')
    WHERE unpaid_units + json_extract(line.value, '$[1]') > ${max}
  )`;
}

/** The product's units in open orders, which a cancellation returns to stock. */
function openUnits(id: string): SQL {
  return sql`coalesce((SELECT ${productUnits.openUnits} FROM ${productUnits} WHERE ${eq(productUnits.productId, id)}), 0)`;
}

/** Holds if `stock` and the units in open orders do not exceed `max` together. */
export function leavesRoom(id: string, stock: number, max: number): SQL {
  return sql`${stock} + ${openUnits(id)} <= ${max}`;
}

/** Holds if the stock of each product covers these units. */
export function areInStock(units: readonly Units[]): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${linesOf(units)}) AS line
    INNER JOIN products ON products.id = json_extract(line.value, '$[0]')
    WHERE products.stock < json_extract(line.value, '$[1]')
  )`;
}

/**
 * Adds the units to the stock. Negative quantities reduce it, and the statement fails if the stock is too small. Each
 * update is a normal change of the product. Deleted products do not change.
 */
export function moveStock(database: Database, units: readonly Units[], now: number) {
  const lines = linesOf(units);
  return database.orm
    .update(products)
    .set({
      stock: sql`stock + (
        SELECT json_extract(value, '$[1]') FROM json_each(${lines}) WHERE json_extract(value, '$[0]') = products.id
      )`,
      version: sql`version + 1`,
      updatedAt: sql`max(updated_at, ${now})`,
    })
    .where(and(isNull(products.deletedAt), sql`id IN (SELECT json_extract(value, '$[0]') FROM json_each(${lines}))`));
}

/** One parameter for any number of units: a D1 statement has at most 100 parameters. */
function linesOf(units: readonly Units[]): string {
  return JSON.stringify(units.map(({ productId, quantity }) => [productId, quantity]));
}

/** One page of the list. */
export function pageQuery(database: Database, list: ProductList, { order, after, limit }: Window) {
  return database.orm
    .select({
      ...getTableColumns(products),
      relevance: relevance(list).as("relevance"),
      ...generationColumns(ProductResource.collection),
    })
    .from(products)
    .where(and(conditionsOf(list.filter), after === undefined ? anywhere(list, order) : behind(order, after)))
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** The list in the form that a snapshot needs. */
export function freezable(list: ProductList): Freezable<ProductRow> {
  return { table: products, where: conditionsOf(list.filter), order: orderOf(list) };
}

/** At most 100 values of each facet, the most frequent first. A count ignores the filter of its own facet. */
export function countQuery(database: Database, { filter }: ProductList, [first, second]: readonly FacetName[]) {
  if (first === undefined) return undefined;
  const counts = database.orm.select().from(facetQuery(database, filter, first));
  return second === undefined
    ? counts
    : counts.unionAll(database.orm.select().from(facetQuery(database, filter, second)));
}

/** The order of the list's sort keys, made total by the id. */
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
 * Relevance depends on the row alone. A statistical rank (bm25) depends on all rows, so pages in its order would shift.
 * The expression is omitted unless it orders the list.
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

/**
 * Makes SQLite use the index in the list's own order, which serves a first page from the first rows of each
 * alternative. Without statistics SQLite can choose any index of the filter and read every match. A bound on the
 * leading sort column selects the right one. Every number and text is less than the empty blob, so the bound excludes
 * no row.
 */
function anywhere({ filter, keys }: ProductList, [first]: readonly OrderTerm[]): SQL | undefined {
  const hasAlternatives = (filter.categories?.length ?? 0) > 1 || (filter.brands?.length ?? 0) > 1;
  if (!hasAlternatives || first === undefined || keys[0]?.name === "relevance") return undefined;
  return sql`${first.column} < x''`;
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
