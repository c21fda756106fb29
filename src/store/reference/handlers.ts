/**
 * Lists the categories or brands of products, and reads one of them. A page is cut from the whole list, which is in
 * memory. The tag depends on the content of the list, so rebuilding an unchanged list keeps the tag.
 */
import type { ListAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call } from "#core/contract/endpoint.ts";
import { DEFAULT_LIMIT } from "#core/contract/parameters.ts";
import type { Resource } from "#core/contract/resource.ts";
import type { KeyBound } from "#core/data/keyset.ts";
import { digestOf } from "#core/http/base64url.ts";
import { problem } from "#core/http/problem.ts";
import { cursorEpoch, readCursor } from "#features/paging/cursor.ts";
import { cursorPage, type Window } from "#features/paging/cursor-page.ts";
import type { ReferenceListParameters } from "./contract.ts";
import { readReference } from "./model.ts";
import { type Entry, orderOf, type ReferenceColumn } from "./queries.ts";

/** 72 bits, enough to distinguish any two states of one list. */
const STATE_BYTES = 9;

/** What distinguishes the lists. */
export interface ReferenceDefinition {
  readonly resource: Resource;
  readonly column: ReferenceColumn;
}

/** @throws invalid-cursor, cursor-expired */
export async function listReference(
  call: Call<unknown, ReferenceListParameters, undefined>,
  { resource, column }: ReferenceDefinition,
): Promise<ListAnswer> {
  const { query, settings, now } = call;
  const scope = { secret: settings.secret, binding: JSON.stringify(["v1", resource.collection]), now };
  const order = orderOf(column);
  const position = query.cursor === undefined ? undefined : await readCursor(query.cursor, scope, order.length);
  const reference = await readReference(call, column);
  const { rows, page, links } = await cursorPage({
    position,
    limit: query.limit ?? DEFAULT_LIMIT,
    scope,
    order,
    // The list is ordered by name and no name moves, so a cursor works with any version of the list.
    select: async (window) => ({
      rows: entriesIn(reference.entries, window),
      generation: { generation: 0, changedAt: reference.changed_at },
    }),
  });
  const epoch = await cursorEpoch(scope);
  return {
    kind: "list",
    status: 200,
    resource,
    items: rows.map(({ id, count }) => ({ id, count })),
    page,
    links,
    validator: {
      token: `${await digestOf(JSON.stringify(reference.entries), STATE_BYTES)}.${epoch.token}`,
      modifiedAt: Math.max(reference.changed_at, epoch.startsAt),
    },
  };
}

/** @throws not-found if no product has the value */
export async function readEntry(
  call: Call<{ readonly id: string }, unknown, undefined>,
  { resource, column }: ReferenceDefinition,
): Promise<ResourceAnswer> {
  const { entries, changed_at: modifiedAt } = await readReference(call, column);
  const entry = entries.find(({ id }) => id === call.params.id);
  if (entry === undefined) throw problem("not-found");
  const { id, count } = entry;
  return {
    kind: "resource",
    status: 200,
    resource,
    value: { id, count },
    validator: { token: `n${count.toString(36)}`, modifiedAt },
  };
}

function entriesIn(entries: readonly Entry[], { order, after, limit }: Window): Entry[] {
  const isBackward = order[0]?.direction === "desc";
  const walked = isBackward ? entries.toReversed() : entries;
  const start = after === undefined ? 0 : walked.findIndex(({ id }) => isBehind(id, after, isBackward));
  return start < 0 ? [] : walked.slice(start, start + limit);
}

function isBehind(id: string, { key, inclusive }: KeyBound, isBackward: boolean): boolean {
  const bound = String(key[0]);
  return id === bound ? inclusive : id < bound === isBackward;
}
