/** The read, create, change and delete handlers of any collection. They rely on the checks of the pipeline. */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { Members } from "#core/contract/resource.ts";
import { commit } from "#core/data/commit.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { type RelatedSource, relatedSource } from "../related.ts";
import {
  answerOf,
  type Consequences,
  changeOf,
  commitChange,
  commitDeletion,
  currentOf,
  unchangedAnswer,
} from "../versioned.ts";
import type { Collection } from "./collection.ts";
import { columnsOf, representationOf, rowOf } from "./columns.ts";
import { findRow, insertRow } from "./queries.ts";
import { referencesExist } from "./references.ts";
import { columnName } from "./stored-member.ts";

type Body = Readonly<Record<string, unknown>>;
type Reading = Pick<RequestContext, "database">;
export type ChangeCall<Shown extends Members, Sent = Body> = Call<unknown, unknown, Sent, Current<Shown>>;

/** The row with that id. @throws not-found */
export async function readRow(collection: Collection, { database }: Reading, id: string) {
  return answerOf(representationOf(collection), await findRow(collection, database, id), 200);
}

/** The row with that id as the state that a write starts from. */
export async function currentRow<Shown extends Members>(
  collection: Collection<z.ZodObject, Shown>,
  { database }: Reading,
  id: string,
): Promise<Current<Shown> | null> {
  return currentOf(representationOf(collection), await findRow(collection, database, id));
}

/** @throws forbidden if the caller has no account to own the row; validation-error if a reference does not exist */
export async function createRow(collection: Collection, call: Call<unknown, unknown, Body>): Promise<ResourceAnswer> {
  const { body, database, now, principal } = call;
  const { owner } = collection.resource;
  const row = {
    ...columnsOf(collection, collection.input, body),
    id: call.newId(collection.idPrefix),
    ...(owner === undefined ? {} : { [columnName(owner)]: callerAccountId(principal) }),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await commit(database, {
    guards: [...(owner === undefined ? [] : [callerHasAccount(principal)]), ...referencesExist(collection, call)],
    statements: [insertRow(collection, database, row)],
    resourceId: row.id,
  });
  return answerOf(representationOf(collection), row, 201);
}

/**
 * Changes the members that the body contains. `consequences` are guards and statements for the same batch. They run only
 * if something changes.
 *
 * @throws precondition-failed if the state is no longer current; validation-error if a new reference does not exist
 */
export async function changeRow<Shown extends Members>(
  collection: Collection<z.ZodObject, Shown>,
  call: ChangeCall<Shown>,
  consequences: Consequences = {},
): Promise<ResourceAnswer> {
  const { resource, table } = collection;
  const before = rowOf(collection, call.current);
  const change = changeOf(call, before, { ...before, ...columnsOf(collection, collection.change, call.body) });
  if (change === undefined) return unchangedAnswer(call.current, resource);
  const guards = [...referencesExist(collection, call, call.current.members), ...(consequences.guards ?? [])];
  await commitChange(call, table, change, { ...consequences, guards });
  return answerOf(representationOf(collection), { ...before, ...change }, 200);
}

/** @throws precondition-failed if the state is no longer current */
export function deleteRow(
  { table }: Collection,
  call: Call<unknown, unknown, undefined, Current>,
): Promise<EmptyAnswer> {
  return commitDeletion(call, table);
}

/** Lets other resources embed those of the collection. */
export function relatedSourceOf(collection: Collection): RelatedSource {
  const { resource, memberOf } = representationOf(collection);
  return relatedSource(collection.table, { resource, memberOf: (row) => memberOf({ ...row }) });
}
