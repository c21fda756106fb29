/** Filters and sorts the list of products. A search returns the best matches first. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import { readSort, type SortKey } from "#features/paging/sort.ts";
import { alternatives, type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { FACETS, type ProductListParameters, ProductResource, SORT_KEYS } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import { countQuery, freezable, orderOf, type ProductList, pageQuery, type SortName } from "./queries.ts";

type ProductListCall = ListCall<ProductListParameters>;

const LIST = {
  resource: ProductResource,
  facets: FACETS,
  readList,
  orderOf,
  pageQuery,
  countQuery,
  freezable,
  memberOf,
};

export function listProducts(call: ProductListCall): Promise<ListAnswer> {
  return listAnswer(call, LIST);
}

export function validateProducts(call: ProductListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, LIST, generationOf);
}

function readList({ query }: ProductListCall): ProductList {
  const filter = {
    categories: alternatives(query["filter[category]"]),
    brands: alternatives(query["filter[brand]"]),
    minPrice: query["filter[price][gte]"],
    maxPrice: query["filter[price][lte]"],
    search: query.q,
  };
  return { filter, keys: sortOf(query) };
}

function sortOf(query: ProductListParameters): SortKey<SortName>[] {
  if (query.sort !== undefined) return readSort(query.sort, SORT_KEYS);
  const newest: SortKey<SortName> = { name: "created_at", direction: "desc" };
  return query.q === undefined ? [newest] : [{ name: "relevance", direction: "desc" }, newest];
}
