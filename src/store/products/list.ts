/** The list of products: cursor pages for everybody, frozen pages for staff. */
import type { ListAnswer, Validator } from "../../contract/answer.ts";
import type { Call } from "../../contract/endpoint.ts";
import { principalKey } from "../../contract/principal.ts";
import { problem } from "../../http/problem.ts";
import { requireAbility } from "../../identity/authorize.ts";
import { cursorPage } from "../../paging/cursor-page.ts";
import { readSnapshotToken, SNAPSHOT_ROWS, snapshotPage, writeSnapshotToken } from "../../paging/snapshot.ts";
import { readSort, type SortKey } from "../../paging/sort.ts";
import { DEFAULT_LIMIT, FACETS, type ProductListParameters, ProductResource, SORT_KEYS } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import {
  type FacetName,
  freezeProducts,
  keyOf,
  type ListedRow,
  orderOf,
  type ProductFilter,
  productsValidator,
  type SortName,
  selectFrozen,
  selectProducts,
} from "./queries.ts";

type ListCall = Call<unknown, ProductListParameters, undefined>;

/** The same question as the list's, answered without it. A first frozen page is always a new one. */
export async function listValidator(call: ListCall): Promise<Validator | null> {
  return call.query.page === undefined ? productsValidator(call.database) : null;
}

export async function listProducts(call: ListCall): Promise<ListAnswer> {
  return call.query.page === undefined ? listByCursor(call) : listFrozen(call, call.query.page);
}

async function listByCursor(call: ListCall): Promise<ListAnswer> {
  const { query, settings, now } = call;
  if (query.snapshot !== undefined) throw invalid("snapshot", "A snapshot goes with `page`.");
  const filter = filterOf(query);
  const keys = sortOf(query);
  const facets = facetsOf(query);
  const {
    rows,
    page,
    links,
    validator,
    facets: counts,
  } = await cursorPage({
    cursor: query.cursor,
    limit: query.limit ?? DEFAULT_LIMIT,
    scope: { secret: settings.secret, binding: bindingOf(filter, keys), now },
    order: orderOf(keys, filter),
    keyOf: (row: ListedRow) => keyOf(keys, row),
    select: (window) => selectProducts(call.database, filter, facets, window),
  });
  return {
    kind: "list",
    status: 200,
    resource: ProductResource,
    items: rows.map(memberOf),
    page,
    links,
    validator,
    ...(counts === undefined ? {} : { facets: counts }),
  };
}

async function listFrozen(call: ListCall, number: number): Promise<ListAnswer> {
  requireAbility(call, "snapshot", "products");
  const { query, settings, now } = call;
  if (query.cursor !== undefined) throw invalid("page", "`page` and `cursor` exclude each other.");
  if (query.facets !== undefined) throw invalid("facets", "A frozen view has no facets.");
  const filter = filterOf(query);
  const keys = sortOf(query);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const offset = (number - 1) * limit;
  if (offset >= SNAPSHOT_ROWS) throw invalid("page", `A frozen view has at most ${SNAPSHOT_ROWS} items.`);
  const scope = {
    secret: settings.secret,
    binding: `${principalKey(call.principal)}\n${bindingOf(filter, keys)}`,
    now,
  };
  const window = { offset, count: limit + 1 };
  const id = query.snapshot === undefined ? call.newId("snap") : await readSnapshotToken(query.snapshot, scope);
  const token = query.snapshot ?? (await writeSnapshotToken(id, scope));
  const { rows: found, validator } =
    query.snapshot === undefined
      ? await freezeProducts(call.database, filter, orderOf(keys, filter), { id, now, ...window })
      : await selectFrozen(call.database, id, window.offset, window.count);
  const { rows, page, links } = snapshotPage(found, number, limit, token);
  return {
    kind: "list",
    status: 200,
    resource: ProductResource,
    items: rows.map(memberOf),
    page,
    links,
    validator: { ...validator, token: `${validator.token}.${id}` },
    cache: { scope: "private", freshForSeconds: 0 },
  };
}

function filterOf(query: ProductListParameters): ProductFilter {
  return {
    categories: query["filter[category]"]?.split(","),
    brands: query["filter[brand]"]?.split(","),
    minPrice: query["filter[price][gte]"],
    maxPrice: query["filter[price][lte]"],
    search: query.q,
  };
}

function sortOf(query: ProductListParameters): SortKey<SortName>[] {
  if (query.sort !== undefined) return readSort(query.sort, SORT_KEYS);
  const newest: SortKey<SortName> = { name: "created_at", direction: "desc" };
  return query.q === undefined ? [newest] : [{ name: "relevance", direction: "desc" }, newest];
}

function facetsOf(query: ProductListParameters): FacetName[] {
  const names = query.facets?.split(",") ?? [];
  const unknown = names.find((name) => !FACETS.some((facet) => facet === name));
  if (unknown !== undefined)
    throw invalid("facets", `There is no facet \`${unknown}\`. Allowed: ${FACETS.join(", ")}.`);
  return FACETS.filter((facet) => names.includes(facet));
}

/** Everything that makes it the same list. The limit may change along a walk, the facets may too. */
function bindingOf(filter: ProductFilter, keys: readonly SortKey<SortName>[]): string {
  return JSON.stringify(["v1", "products", filter, keys]);
}

function invalid(parameter: string, detail: string) {
  return problem("invalid-parameter", { detail, errors: [{ parameter, code: "invalid", detail }] });
}
