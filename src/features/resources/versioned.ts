/**
 * Versioned resources: the state that a write starts from, its guard, and its response. A version is never reused, the
 * time of change never decreases, and a deleted resource keeps its last state.
 */
import type { EmptyAnswer, ResourceAnswer, Validator } from "#core/contract/answer.ts";
import type { Call, Current, Related } from "#core/contract/endpoint.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { type CollectionTable, isAt, updateRow } from "#core/data/collection.ts";
import { commit, type Guard, type Write } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";

/** A stored state. Times are epoch ms. */
export interface VersionedRow {
  readonly version: number;
  readonly updatedAt: number;
}

/** Converts rows of a resource to members. */
export interface Representation<Row, Shown extends Members> {
  readonly resource: Resource;
  memberOf(row: Row): Shown;
}

export type StoredRow = VersionedRow & { readonly id: string; readonly deletedAt: number | null };
type WriteCall = Pick<Call<unknown, unknown, unknown, Current>, "current" | "database" | "now">;

/** The row as `Current`; null if there is none. */
export function currentOf<Row extends VersionedRow, Shown extends Members>(
  { memberOf }: Representation<Row, Shown>,
  row: Row | undefined,
): Current<Shown> | null {
  return row === undefined ? null : { members: memberOf(row), validator: validatorOf(row), version: row.version };
}

/** The resource as embedded in others. Its deletion also changes their validators. */
export function relatedOf<Row extends StoredRow, Shown extends Members>(
  { memberOf }: Representation<Row, Shown>,
  row: Row,
): Related {
  const { token, modifiedAt } = validatorOf(row);
  return {
    members: memberOf(row),
    isGone: row.deletedAt !== null,
    validator: { token, modifiedAt: Math.max(modifiedAt, row.deletedAt ?? 0) },
  };
}

/** @throws not-found if there is no row */
export function answerOf<Row extends VersionedRow, Shown extends Members>(
  { resource, memberOf }: Representation<Row, Shown>,
  row: Row | undefined,
  status: 200 | 201,
): ResourceAnswer {
  if (row === undefined) throw problem("not-found");
  return { kind: "resource", status, resource, value: memberOf(row), validator: validatorOf(row) };
}

/** The response to a change without effect. The version and the ETag stay the same. */
export function unchangedAnswer({ members, validator }: Current, resource: Resource): ResourceAnswer {
  return { kind: "resource", status: 200, resource, value: members, validator };
}

/** The columns of `after` that differ from `before`, with the next version; undefined if none differ. */
export function changeOf<Columns extends Readonly<Record<string, unknown>>>(
  call: Pick<WriteCall, "current" | "now">,
  before: Columns,
  after: Columns,
): (Partial<Columns> & VersionedRow) | undefined {
  const names: readonly (keyof Columns)[] = Object.keys(after);
  const changed: Partial<Columns> = {};
  for (const name of names) {
    if (JSON.stringify(after[name]) !== JSON.stringify(before[name])) changed[name] = after[name]; // columns can be JSON
  }
  if (Object.keys(changed).length === 0) return undefined;
  return { ...changed, version: call.current.version + 1, updatedAt: laterOf(call) };
}

/** Additional guards and statements in the batch of a write. */
export interface Consequences {
  readonly guards?: Write["guards"];
  readonly statements?: readonly Write["statements"][number][];
}

/** @throws precondition-failed if the state is no longer current, else the problem of the failed guard */
export async function commitChange<Row extends StoredRow>(
  { current, database }: WriteCall,
  table: CollectionTable<Row>,
  change: Partial<Row>,
  { guards = [], statements = [] }: Consequences = {},
): Promise<void> {
  const { id } = current.members;
  await commit(database, {
    guards: [unchangedSince(table, current), ...guards],
    statements: [updateRow(database, table, id, change), ...statements],
  });
}

/**
 * Turns the row into a tombstone. Snapshots keep showing its last state.
 *
 * @throws precondition-failed if the state is no longer current
 */
export async function commitDeletion(call: WriteCall, table: CollectionTable<StoredRow>): Promise<EmptyAnswer> {
  await commitChange(call, table, { deletedAt: laterOf(call), version: call.current.version + 1 });
  return { kind: "empty", status: 204 };
}

/** Repeats the precondition check in the batch, for a write that lost a race after the check. */
function unchangedSince(table: CollectionTable, { members, version }: Current): Guard {
  return {
    condition: isAt(table, members.id, version),
    refusal: (cause) => problem("precondition-failed", { cause }),
  };
}

/** The time of the write, never earlier than the last change, even if the clock was set back. */
export function laterOf({ now, current }: Pick<WriteCall, "current" | "now">): number {
  return Math.max(now, current.validator.modifiedAt);
}

/** Includes the time, because a restored database can reach a version a second time. */
function validatorOf({ version, updatedAt }: VersionedRow): Validator {
  return { token: `v${version.toString(36)}.${updatedAt.toString(36)}`, modifiedAt: updatedAt };
}
