/** The list of products: cursor pages for everybody, frozen pages for staff. */
import type { ListAnswer, Validator } from "../../contract/answer.ts";
import type { Call } from "../../contract/endpoint.ts";
import { principalKey } from "../../contract/principal.ts";
import { problem } from "../../http/problem.ts";
import { requireAbility } from "../../identity/authorize.ts";
import { cursorDay, readCursor } from "../../paging/cursor.ts";
import { cursorPage } from "../../paging/cursor-page.ts";
import { frozenPage } from "../../paging/frozen-page.ts";
import { readPagingMode } from "../../paging/mode.ts";
import { readSort, type SortKey } from "../../paging/sort.ts";
import { DEFAULT_LIMIT, FACETS, type ProductListParameters, ProductResource, SORT_KEYS } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import {
  COLLECTION,
  type FacetName,
  orderOf,
  type ProductFilter,
  type ProductList,
  productsValidator,
  type SortName,
  selectFrozen,
  selectProducts,
} from "./queries.ts";

type ListCall = Call<unknown, ProductListParameters, undefined>;

/**
 * The list's validator without the list, for the same requests: one that the list refuses is refused here too. A frozen
 * page has none of its own.
 */
export async function listValidator(call: ListCall): Promise<Validator | null> {
  const { mode } = await readRequest(call);
  return mode.kind === "cursor" ? ofToday(await productsValidator(call.database), call.now) : null;
}

export async function listProducts(call: ListCall): Promise<ListAnswer> {
  const { list, facets, scope, mode } = await readRequest(call);
  if (mode.kind === "cursor") {
    const answer = await cursorPage({
      ...mode,
      scope,
      order: orderOf(list),
      select: (window) => selectProducts(call.database, list, facets, window),
    });
    const { rows, page, links, validator } = answer;
    const counts = facets.length === 0 ? {} : { facets: answer.facets };
    return { ...ANSWER, items: rows.map(memberOf), page, links, validator: ofToday(validator, call.now), ...counts };
  }
  const { rows, page, links, validator, snapshotId } = await frozenPage({
    ...mode,
    scope,
    newId: () => call.newId("snap"),
    select: (window) => selectFrozen(call.database, list, window, call.now),
  });
  return {
    ...ANSWER,
    items: rows.map(memberOf),
    page,
    links,
    validator: { ...validator, token: `${validator.token}.${snapshotId}` },
    cache: { scope: "private", freshForSeconds: 0 },
  };
}

/** A page is made of its rows and of cursors, which change with the day. */
function ofToday({ token, modifiedAt }: Validator, now: number): Validator {
  return { token: `${token}.${cursorDay(now)}`, modifiedAt };
}

const ANSWER = { kind: "list", status: 200, resource: ProductResource } as const;

/** All that can be said of the request without the database. @throws each problem that the list has */
async function readRequest(call: ListCall) {
  const { query, settings, now } = call;
  if (query.page !== undefined) requireAbility(call, "snapshot", "products");
  const mode = readPagingMode(query, DEFAULT_LIMIT);
  const list: ProductList = { filter: filterOf(query), keys: sortOf(query) };
  const facets = facetsOf(query);
  // Everything that makes it the same list. The limit may change along a walk, the facets may too.
  const binding = ["v1", COLLECTION, list];
  if (mode.kind === "frozen") {
    if (facets.length > 0) throw invalid("facets", "A frozen view has no facets.");
    const owned = JSON.stringify([...binding, principalKey(call.principal)]);
    return { list, facets, mode, scope: { secret: settings.secret, binding: owned, now } };
  }
  const scope = { secret: settings.secret, binding: JSON.stringify(binding), now };
  const position = mode.cursor === undefined ? undefined : await readCursor(mode.cursor, scope);
  return { list, facets, mode: { ...mode, position }, scope };
}

function filterOf(query: ProductListParameters): ProductFilter {
  return {
    categories: valuesOf(query["filter[category]"]),
    brands: valuesOf(query["filter[brand]"]),
    minPrice: query["filter[price][gte]"],
    maxPrice: query["filter[price][lte]"],
    search: query.q,
  };
}

/** Alternatives have no order and no number: a cursor is good for the same ones however they are written. */
function valuesOf(parameter: string | undefined): string[] | undefined {
  return parameter === undefined ? undefined : [...new Set(parameter.split(","))].sort();
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

function invalid(parameter: string, detail: string) {
  return problem("invalid-parameter", { detail, errors: [{ parameter, code: "invalid", detail }] });
}
