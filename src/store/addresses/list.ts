/** The list of addresses: those that the caller may read, how they are filtered and sorted. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import { readSort } from "#features/paging/sort.ts";
import { type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { type AddressListParameters, AddressResource, SORT_KEYS } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import { type AddressList, generationOf, orderOf, pageQuery } from "./queries.ts";

type AddressListCall = ListCall<AddressListParameters>;

const LIST = { resource: AddressResource, facets: [], generationOf, readList, orderOf, pageQuery, memberOf };

export function listAddresses(call: AddressListCall): Promise<ListAnswer> {
  return listAnswer(call, LIST);
}

export function validateAddresses(call: AddressListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, LIST, generationOf);
}

function readList({ query, ability }: AddressListCall): AddressList {
  return {
    readable: readableRows(ability, AddressResource.collection),
    userId: query["filter[user_id]"],
    keys: readSort(query.sort ?? "-created_at", SORT_KEYS),
  };
}
