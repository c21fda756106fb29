/** The list of products: the collection's list with full-text search and facets. A search returns the best matches first. */
import { listParameter, sortParameter, textParameter } from "#core/contract/parameters.ts";
import { listDefinitionOf, listHandlersOf, readList } from "#features/resources/collections/list.ts";
import type { ListCall, ListParameters } from "#features/resources/listing.ts";
import { productCollection } from "./collection.ts";
import { FACETS } from "./contract.ts";
import { countQuery, orderOf, type ProductList, pageQuery, snapshotOf } from "./list-queries.ts";

/** The parameters beyond those of the collection. */
export const LIST_PARAMETERS = {
  sort: sortParameter(
    productCollection.sortKeys,
    "; with `q` and without `sort`, products whose name matches come first",
  ).optional(),
  q: textParameter({
    max: 200,
    description:
      "Full-text search. Every word must occur, and can be the start of a longer word. In JSON:API also `filter[q]`.",
    example: "mechanical key",
  }).optional(),
  facets: listParameter({
    max: FACETS.length,
    description:
      "Also count the products of each value. A count ignores the filter of its own facet and applies all others. In JSON:API also `facet_counts`.",
    example: ["category", "brand"],
    values: FACETS,
  }).optional(),
};

type ProductListCall = ListCall<
  ListParameters & { readonly sort?: string | undefined; readonly q?: string | undefined }
>;

export const productList = listHandlersOf({
  ...listDefinitionOf(productCollection),
  facets: FACETS,
  readList: readProductList,
  orderOf,
  pageQuery,
  countQuery,
  freezable: snapshotOf,
});

function readProductList(call: ProductListCall): ProductList {
  const list = readList(productCollection, call);
  const { q, sort } = call.query;
  if (q === undefined) return list;
  const keys = sort === undefined ? [{ name: "relevance", direction: "desc" } as const, ...list.keys] : list.keys;
  return { ...list, keys, search: q };
}
