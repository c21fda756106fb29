/** The list, create, read, change and delete handlers of any collection. They rely on the checks of the pipeline. */
import type { EmptyAnswer, ListAnswer, ResourceAnswer, Validator } from "#core/contract/answer.ts";
import type { Call, Current, GenerationSource } from "#core/contract/endpoint.ts";
import { commit } from "#core/data/commit.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { readableRows } from "#features/identity/readable-rows.ts";
import { readSort } from "#features/paging/sort.ts";
import { alternatives, type ListCall, type ListParameters, listAnswer, listValidator } from "../listing.ts";
import { type RelatedSource, relatedSource } from "../related.ts";
import { answerOf, changeOf, commitChange, commitDeletion, currentOf, unchangedAnswer } from "../versioned.ts";
import {
  type AnyRow,
  type Collection,
  type Columns,
  changedMembers,
  columnName,
  columnsOf,
  representationOf,
} from "./collection.ts";
import { type CollectionList, findRow, generationOf, insertRow, orderOf, pageQuery } from "./queries.ts";

type One = { readonly id: string };
type Body = Readonly<Record<string, unknown>>;
type CollectionListCall = ListCall<ListParameters & { readonly sort?: string | undefined }>;

/** The functions of one collection's endpoints. */
export function handlersOf(collection: Collection) {
  const { resource, table } = collection;
  const representation = representationOf(collection);
  const definition = {
    resource,
    facets: [],
    // All lists of a collection without owners have its own generation, by which the edge cache knows them.
    ...(resource.owner === undefined ? {} : { generationOf: (list: CollectionList) => generationOf(collection, list) }),
    readList: (call: CollectionListCall) => readList(collection, call),
    orderOf: (list: CollectionList) => orderOf(collection, list),
    pageQuery: (
      ...[database, list, window]: Parameters<typeof pageQuery> extends [unknown, ...infer Rest] ? Rest : never
    ) => pageQuery(collection, database, list, window),
    memberOf: representation.memberOf,
  };

  return {
    list: (call: CollectionListCall): Promise<ListAnswer> => listAnswer(call, definition),
    validate: (call: CollectionListCall, generation: GenerationSource): Promise<Validator | null> =>
      listValidator(call, definition, generation),
    async read(call: Call<One, unknown, undefined>): Promise<ResourceAnswer> {
      return answerOf(representation, await findRow(collection, call.database, call.params.id), 200);
    },
    async current(call: Call<One, unknown, undefined>): Promise<Current | null> {
      return currentOf(representation, await findRow(collection, call.database, call.params.id));
    },
    /** @throws forbidden if the caller has no account to own the row */
    async create(call: Call<unknown, unknown, Body>): Promise<ResourceAnswer> {
      const { body, database, now, principal } = call;
      const { owner } = resource;
      const row: Columns & { readonly id: string; readonly version: number; readonly updatedAt: number } = {
        ...columnsOf(collection, body),
        id: call.newId(collection.idPrefix),
        ...(owner === undefined ? {} : { [columnName(owner)]: callerAccountId(principal) }),
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      await commit(database, {
        guards: owner === undefined ? [] : [callerHasAccount(principal)],
        statements: [insertRow(collection, database, row)],
        resourceId: row.id,
      });
      return answerOf(representation, { ...row, deletedAt: null }, 201);
    },
    /** @throws precondition-failed if the state is no longer the current one */
    async change(call: Call<One, unknown, Body, Current>): Promise<ResourceAnswer> {
      const { current, body } = call;
      const change = changeOf(call, columnsOf(collection, current.members), columnsOf(collection, body));
      if (change === undefined) return unchangedAnswer(current, resource);
      await commitChange<AnyRow>(call, table, change);
      const members = changedMembers(collection, current.members, body, change.updatedAt);
      return answerOf({ resource, memberOf: () => members }, change, 200);
    },
    /** @throws precondition-failed if the state is no longer the current one */
    delete: (call: Call<One, unknown, undefined, Current>): Promise<EmptyAnswer> => commitDeletion(call, table),
  };
}

/** Lets other resources embed those of the collection. */
export function relatedSourceOf(collection: Collection): RelatedSource {
  return relatedSource(collection.table, representationOf(collection));
}

function readList({ resource, filters, sortKeys }: Collection, { query, ability }: CollectionListCall): CollectionList {
  const parameters = query as Readonly<Record<string, string | undefined>>; // the contract's filters are text
  const used = filters.flatMap(({ member, operator }) => {
    const value = parameters[`filter[${member}]`];
    if (value === undefined) return [];
    return [[member, operator === "one-of" ? alternatives(value) : [value]]];
  });
  return {
    readable: readableRows(ability, resource.collection),
    filter: Object.fromEntries(used),
    keys: readSort(query.sort ?? "-created_at", sortKeys),
  };
}
