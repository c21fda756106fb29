/** The list of API keys: the caller's own keys, or all keys for admins. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import { readSort } from "#features/paging/sort.ts";
import { type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { type ApiKeyListParameters, ApiKeyResource, SORT_KEYS } from "./contract.ts";
import { apiKeyIn } from "./handlers.ts";
import { type ApiKeyList, generationOf, orderOf, pageQuery } from "./queries.ts";

type ApiKeyListCall = ListCall<ApiKeyListParameters>;

const LIST = { facets: [], generationOf, readList, orderOf, pageQuery };

export function listApiKeys(call: ApiKeyListCall): Promise<ListAnswer> {
  return listAnswer(call, { ...LIST, ...apiKeyIn(call) });
}

export function validateApiKeys(call: ApiKeyListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, { ...LIST, ...apiKeyIn(call) }, generationOf);
}

function readList({ query, ability }: ApiKeyListCall): ApiKeyList {
  return {
    readable: readableRows(ability, ApiKeyResource.collection),
    keys: readSort(query.sort ?? "-created_at", SORT_KEYS),
  };
}
