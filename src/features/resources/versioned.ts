/**
 * Resources whose state has a version: what a write starts from, what guards it, and what it answers. A version is
 * never reached twice, a resource never changed earlier than it last did, and a deleted one stays as it last was.
 */
import type { EmptyAnswer, ResourceAnswer, Validator } from "#core/contract/answer.ts";
import type { Call, Current, Related } from "#core/contract/endpoint.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { type CollectionTable, isAt, updateRow } from "#core/data/collection.ts";
import { commit, type Guard, type Write } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";

/** A state as it is stored. Times are epoch ms. */
export interface VersionedRow {
  readonly version: number;
  readonly updatedAt: number;
}

/** How a resource's rows are shown. */
export interface Representation<Row, Shown extends Members> {
  readonly resource: Resource;
  memberOf(row: Row): Shown;
}

export type StoredRow = VersionedRow & { readonly id: string; readonly deletedAt: number | null };
type WriteCall = Pick<Call<unknown, unknown, unknown, Current>, "current" | "database" | "now">;

/** What `Current` says of the row; null where there is none. */
export function currentOf<Row extends VersionedRow, Shown extends Members>(
  { memberOf }: Representation<Row, Shown>,
  row: Row | undefined,
): Current<Shown> | null {
  return row === undefined ? null : { members: memberOf(row), validator: validatorOf(row), version: row.version };
}

/** The resource as others embed it; its deletion is a change of these, too. */
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

/** @throws not-found where there is no row */
export function answerOf<Row extends VersionedRow, Shown extends Members>(
  { resource, memberOf }: Representation<Row, Shown>,
  row: Row | undefined,
  status: 200 | 201,
): ResourceAnswer {
  if (row === undefined) throw problem("not-found");
  return { kind: "resource", status, resource, value: memberOf(row), validator: validatorOf(row) };
}

/** The answer to a change to nothing, which leaves the version, and so the tag, as it is. */
export function unchangedAnswer({ members, validator }: Current, resource: Resource): ResourceAnswer {
  return { kind: "resource", status: 200, resource, value: members, validator };
}

/** Those of the columns `after` that are not as `before`, with the state that they lead to; undefined where all are. */
export function changeOf<Columns extends Readonly<Record<string, string | number | null>>>(
  call: Pick<WriteCall, "current" | "now">,
  before: Columns,
  after: Columns,
): (Partial<Columns> & VersionedRow) | undefined {
  const names: readonly (keyof Columns)[] = Object.keys(after);
  const changed: Partial<Columns> = {};
  for (const name of names) if (after[name] !== before[name]) changed[name] = after[name];
  if (Object.keys(changed).length === 0) return undefined;
  return { ...changed, version: call.current.version + 1, updatedAt: laterOf(call) };
}

/** What else belongs to a write, in the same batch. */
export interface Consequences {
  readonly guards?: Write["guards"];
  readonly statements?: readonly Write["statements"][number][];
}

/** @throws precondition-failed where the state is no longer the current one, else the refusal of a broken guard */
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
 * Makes a tombstone of the row. What a frozen view shows of it stays as it was.
 *
 * @throws precondition-failed where the state is no longer the current one
 */
export async function commitDeletion(call: WriteCall, table: CollectionTable<StoredRow>): Promise<EmptyAnswer> {
  await commitChange(call, table, { deletedAt: laterOf(call), version: call.current.version + 1 });
  return { kind: "empty", status: 204 };
}

/** The loser of a race was told the truth at the precondition, and is told it again by the batch. */
function unchangedSince(table: CollectionTable, { members, version }: Current): Guard {
  return {
    condition: isAt(table, members.id, version),
    refusal: (cause) => problem("precondition-failed", { cause }),
  };
}

/** When the write happens: never before the last one, whatever the clock says. */
export function laterOf({ now, current }: Pick<WriteCall, "current" | "now">): number {
  return Math.max(now, current.validator.modifiedAt);
}

/** With the time, since a database that is restored reaches a version again that it had given away. */
function validatorOf({ version, updatedAt }: VersionedRow): Validator {
  return { token: `v${version.toString(36)}.${updatedAt.toString(36)}`, modifiedAt: updatedAt };
}
