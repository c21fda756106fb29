/** The list of OAuth clients. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import { readSort } from "#features/paging/sort.ts";
import { type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { type OauthClientListParameters, SORT_KEYS } from "./contract.ts";
import { oauthClientIn } from "./handlers.ts";
import { type OauthClientList, orderOf, pageQuery } from "./queries.ts";

type OauthClientListCall = ListCall<OauthClientListParameters>;

const LIST = { facets: [], readList, orderOf, pageQuery };

export function listOauthClients(call: OauthClientListCall): Promise<ListAnswer> {
  return listAnswer(call, { ...LIST, ...oauthClientIn(call) });
}

export function validateOauthClients(
  call: OauthClientListCall,
  generationOf: GenerationSource,
): Promise<Validator | null> {
  return listValidator(call, { ...LIST, ...oauthClientIn(call) }, generationOf);
}

function readList({ query }: OauthClientListCall): OauthClientList {
  return { keys: readSort(query.sort ?? "-created_at", SORT_KEYS) };
}
