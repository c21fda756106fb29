/** The list of any collection: the rows that the caller can read and the filters select, in the order of `sort`. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import type { Database } from "#core/data/database.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { readSort } from "#features/paging/sort.ts";
import {
  alternatives,
  type ListCall,
  type ListDefinition,
  type ListParameters,
  listAnswer,
  listValidator,
} from "../listing.ts";
import { type Collection, parameterOf } from "./collection.ts";
import { representationOf } from "./columns.ts";
import { type CollectionList, conditionsOf, generationOf, orderOf, pageQuery } from "./queries.ts";

export type CollectionParameters = ListParameters & { readonly sort?: string | undefined };

/** The definition of a collection's list. A resource whose list differs spreads it and replaces functions. */
export function listDefinitionOf(collection: Collection) {
  const { resource, table, selected } = collection;
  return {
    resource,
    facets: [] as readonly string[],
    // All lists of a collection without owners have its own generation, by which the edge cache knows them.
    ...(resource.owner === undefined ? {} : { generationOf: (list: CollectionList) => generationOf(collection, list) }),
    readList: (call: ListCall<CollectionParameters>) => readList(collection, call),
    orderOf: (list: CollectionList) => orderOf(collection, list),
    pageQuery: (database: Database, list: CollectionList, window: Window) =>
      pageQuery(collection, database, list, window),
    ...(collection.hasSnapshots === true
      ? {
          freezable: (list: CollectionList) => ({
            table,
            columns: selected?.columns ?? {},
            where: conditionsOf(collection, list),
            order: orderOf(collection, list),
          }),
        }
      : {}),
    memberOf: representationOf(collection).memberOf,
  };
}

/** The handler and the validator of a list endpoint. */
export interface ListHandlers<Parameters extends ListParameters = ListParameters> {
  handler(call: ListCall<Parameters>): Promise<ListAnswer>;
  validator(call: ListCall<Parameters>, generationOf: GenerationSource): Promise<Validator | null>;
}

export function listHandlersOf<P extends ListParameters, List, F extends string, Row, Listed extends Row>(
  definition: ListDefinition<P, List, F, Row, Listed>,
): ListHandlers<P> {
  return {
    handler: (call) => listAnswer(call, definition),
    validator: (call, generation) => listValidator(call, definition, generation),
  };
}

/** Reads the parameters of a list. @throws invalid-parameter */
export function readList(
  { resource, filters, sortKeys }: Pick<Collection, "resource" | "filters" | "sortKeys">,
  { query, ability }: Pick<ListCall<CollectionParameters>, "query" | "ability">,
): CollectionList {
  const parameters = query as Readonly<Record<string, unknown>>;
  const used = filters.flatMap((filter) => {
    const value = parameters[parameterOf(filter)] as string | number | undefined; // what the parameters' schemas return
    if (value === undefined) return [];
    return [[parameterOf(filter), filter.operator === "one-of" ? alternatives(String(value)) : [value]]];
  });
  return {
    readable: readableRows(ability, resource.collection),
    filter: Object.fromEntries(used),
    keys: readSort(query.sort ?? "-created_at", sortKeys),
  };
}
