/** The SQL of the list of products: search, relevance and facet counts. */
import { and, desc, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import type { SortTerm } from "#features/paging/sort.ts";
import * as plain from "#features/resources/collections/queries.ts";
import { products } from "#schema/products.ts";
import { productCollection } from "./collection.ts";
import type { FacetName } from "./contract.ts";
import { matchExpression } from "./search.ts";

type ProductRow = typeof products.$inferSelect;

/** The filter and the order of a list of products. */
export interface ProductList extends plain.CollectionList {
  readonly search?: string;
}

/**
 * A row of a list. `relevance` is 1 if the list is ordered by relevance and the search matches the name, 0 otherwise.
 */
type ListedRow = ProductRow & { readonly relevance: number };

/** One page of the list. */
export function pageQuery(database: Database, list: ProductList, window: Window) {
  return plain.pageQuery<ListedRow>(productCollection, database, list, window, {
    where: searched(list),
    columns: { relevance: relevance(list).as("relevance") },
  });
}

/** The list in the form that a snapshot needs. */
export function snapshotOf(list: ProductList) {
  return { table: products, where: conditionsOf(list), order: orderOf(list) };
}

/** At most 100 values of each facet, the most frequent first. A count ignores the filter of its own facet. */
export function countQuery(database: Database, list: ProductList, [first, second]: readonly FacetName[]) {
  if (first === undefined) return undefined;
  const counts = database.orm.select().from(facetQuery(database, list, first));
  return second === undefined
    ? counts
    : counts.unionAll(database.orm.select().from(facetQuery(database, list, second)));
}

export function orderOf(list: ProductList): SortTerm<ListedRow>[] {
  return plain.orderOf<ListedRow>(productCollection, list, {
    relevance: { column: relevance(list), valueOf: (row) => row.relevance },
  });
}

/**
 * Relevance depends on the row alone. A statistical rank (bm25) depends on all rows, so pages in its order would shift.
 * The expression is omitted unless it orders the list.
 */
function relevance({ search, keys }: ProductList): SQL<number> {
  const isOrder = keys.some((key) => key.name === "relevance");
  const expression = isOrder && search !== undefined ? matchExpression(search) : null;
  return expression === null ? sql<number>`FALSE` : sql<number>`(${found(`name : (${expression})`)})`;
}

function conditionsOf(list: ProductList): SQL | undefined {
  return and(plain.conditionsOf(productCollection, list), searched(list));
}

function searched({ search }: ProductList): SQL | undefined {
  if (search === undefined) return undefined;
  const expression = matchExpression(search);
  return expression === null ? sql`FALSE` : found(expression);
}

function found(expression: string): SQL {
  return sql`${products.seq} IN (SELECT rowid FROM products_text WHERE products_text MATCH ${expression})`;
}

function facetQuery(database: Database, list: ProductList, name: FacetName) {
  const { [`filter[${name}]`]: _own, ...filter } = list.filter;
  const count = sql<number>`count(*)`.as("count");
  return database.orm
    .select({ facet: sql<FacetName>`${name}`.as("facet"), value: products[name], count })
    .from(products)
    .where(conditionsOf({ ...list, filter }))
    .groupBy(products[name])
    .orderBy(desc(count), products[name])
    .limit(100)
    .as(`${name}_counts`);
}
