/** The list of users: its filters and sort keys. */
import type { ListAnswer, Validator } from "#core/contract/answer.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import { readSort } from "#features/paging/sort.ts";
import { alternatives, type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { SORT_KEYS, type UserListParameters, UserResource } from "./contract.ts";
import { memberOf } from "./handlers.ts";
import { freezable, orderOf, pageQuery, type UserList } from "./queries.ts";

type UserListCall = ListCall<UserListParameters>;

const LIST = { resource: UserResource, facets: [], readList, orderOf, pageQuery, freezable, memberOf };

export function listUsers(call: UserListCall): Promise<ListAnswer> {
  return listAnswer(call, LIST);
}

export function validateUsers(call: UserListCall, generationOf: GenerationSource): Promise<Validator | null> {
  return listValidator(call, LIST, generationOf);
}

function readList({ query }: UserListCall): UserList {
  return {
    filter: { roles: alternatives(query["filter[role]"]), email: query["filter[email]"] },
    keys: readSort(query.sort ?? "-created_at", SORT_KEYS),
  };
}
