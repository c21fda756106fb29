/** Reads one order and the list of the orders that the caller can read, with its filters, order and includes. */
import type { ListAnswer, ResourceAnswer, Validator } from "#core/contract/answer.ts";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Call, GenerationSource, Related, Wanted } from "#core/contract/endpoint.ts";
import { userCollection } from "#features/accounts/collection.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import { readSort } from "#features/paging/sort.ts";
import { relatedSourceOf } from "#features/resources/collections/handlers.ts";
import { alternatives, type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { loadRelated } from "#features/resources/related.ts";
import { answerOf } from "#features/resources/versioned.ts";
import { addressCollection } from "#store/addresses/endpoints.ts";
import { productCollection } from "#store/products/collection.ts";
import { type OrderListParameters, OrderResource, SORT_KEYS } from "./contract.ts";
import { bytesOf, memberOf, ORDER } from "./order.ts";
import { findOrder, freezable, generationOf, type OrderList, orderOf, pageQuery } from "./queries.ts";

type OrderListCall = ListCall<OrderListParameters>;

const LIST = {
  resource: OrderResource,
  facets: [],
  generationOf,
  readList,
  orderOf,
  pageQuery,
  freezable,
  memberOf,
  bytesOf,
};

const SOURCES = [
  relatedSourceOf(userCollection),
  relatedSourceOf(addressCollection),
  relatedSourceOf(productCollection),
];

export async function readOrder(call: Call<{ readonly id: string }, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(ORDER, await findOrder(call.database, call.params.id), 200);
}

export function listOrders(call: OrderListCall): Promise<ListAnswer> {
  return listAnswer(call, LIST);
}

export function validateOrders(call: OrderListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, LIST, generationOf);
}

/** What `include` embeds in orders. */
export function relatedToOrders(
  { database }: RequestContext,
  wanted: readonly Wanted[],
): Promise<readonly ReadonlyMap<string, Related>[]> {
  return loadRelated(database, SOURCES, wanted);
}

function readList({ query, ability }: OrderListCall): OrderList {
  return {
    readable: readableRows(ability, OrderResource.collection),
    userId: query["filter[user_id]"],
    statuses: alternatives(query["filter[status]"]),
    keys: readSort(query.sort ?? "-created_at", SORT_KEYS),
  };
}
