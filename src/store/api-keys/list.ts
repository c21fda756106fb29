/** The list of API keys: one's own, and to admins everybody's. */
import type { ListAnswer, Validator } from "../../contract/answer.ts";
import type { GenerationSource } from "../../contract/endpoint.ts";
import { readableRows } from "../../identity/readable-rows.ts";
import { readSort } from "../../paging/sort.ts";
import { type ListCall, listAnswer, listValidator } from "../listing.ts";
import { type ApiKeyListParameters, ApiKeyResource, SORT_KEYS } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import { type ApiKeyList, generationOf, orderOf, pageQuery } from "./queries.ts";

type ApiKeyListCall = ListCall<ApiKeyListParameters>;

const LIST = {
  resource: ApiKeyResource,
  facets: [],
  generationOf,
  readList,
  orderOf,
  pageQuery,
  memberOf,
};

export function listApiKeys(call: ApiKeyListCall): Promise<ListAnswer> {
  return listAnswer(call, LIST);
}

export function validateApiKeys(call: ApiKeyListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, LIST, generationOf);
}

function readList({ query, ability }: ApiKeyListCall): ApiKeyList {
  return {
    readable: readableRows(ability, ApiKeyResource.collection),
    keys: readSort(query.sort ?? "-created_at", SORT_KEYS),
  };
}
