/**
 * Frozen views: the membership and order of a list, kept for 15 minutes. Each row is shown as it is now, and one
 * deleted meanwhile as it last was. The token of a view is good only for whoever asked, and for the same list.
 */
import { z } from "@hono/zod-openapi";
import { eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import { type CollectionTable, generationQuery, onlyGeneration, type Query } from "#core/data/collection.ts";
import { commitAndRead, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import type { Generation } from "#core/data/generation.ts";
import { type OrderTerm, orderBy } from "#core/data/keyset.ts";
import { invalidParameter, problem } from "#core/http/problem.ts";
import { snapshots } from "#schema/snapshots.ts";
import { openToken, signToken, type TokenScope } from "./token.ts";

export const SNAPSHOT_LIFETIME_MS = 15 * 60_000;
/** The most rows a snapshot holds: what lies behind is reached by cursors. */
export const SNAPSHOT_ROWS = 10_000;
const PURPOSE = "snapshot";

const payloadSchema = z.string();

/** Which members of a snapshot to select, and whether the snapshot is still to be made. */
export interface FrozenWindow {
  readonly id: string;
  readonly isNew: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** A list as it can be frozen: which rows, and in what order. */
export interface Freezable<Row> {
  readonly table: CollectionTable<Partial<Row>>;
  /** What its rows have beyond the table's columns. */
  readonly columns?: Readonly<Record<string, SQL.Aliased>>;
  readonly where: SQL | undefined;
  readonly order: readonly OrderTerm[];
}

export interface FrozenSelection<Row> {
  readonly rows: readonly Row[];
  /** How many members the whole view has; undefined where there is no such snapshot. */
  readonly size: number | undefined;
  readonly generation: Generation;
}

export async function writeSnapshotToken(id: string, scope: TokenScope): Promise<string> {
  return signToken(scope, PURPOSE, scope.now + SNAPSHOT_LIFETIME_MS, id);
}

/** The snapshot's id. @throws invalid-parameter, snapshot-expired */
export async function readSnapshotToken(token: string, scope: TokenScope): Promise<string> {
  const opened = await openToken(scope, PURPOSE, token);
  if (opened === undefined) throw invalid();
  if (opened.expiresAt <= scope.now) throw problem("snapshot-expired");
  const { success, data } = payloadSchema.safeParse(opened.payload);
  if (!success) throw invalid();
  return data;
}

function invalid() {
  return invalidParameter("snapshot", "invalid-snapshot", "The snapshot does not belong to this list.");
}

/** Rows of a frozen list by position, deleted ones as they last were. A new one is frozen in the same batch. */
export async function selectFrozen<Row>(
  database: Database,
  collection: string,
  list: Freezable<Row>,
  window: FrozenWindow,
  now: number,
): Promise<FrozenSelection<Row>> {
  const page = pageQuery(database, list, window);
  const size = sizeQuery(database, window.id);
  const generation = generationQuery(database, collection);
  const read = () => database.orm.batch([page, size, generation]);
  const frozen = window.isNew
    ? await commitAndRead(
        database,
        { guards: [], statements: [freeze(database, collection, list, { id: window.id, now })] },
        [page, size, generation],
      )
    : await read();
  const [rows, [snapshot], generations] = frozen[1].length > 0 ? frozen : await atPrimary();
  return { rows, size: snapshot?.size, generation: onlyGeneration(generations) };

  /** A replica may not have heard of the view yet. */
  async function atPrimary() {
    database.readPrimary();
    return read();
  }
}

/** Drops what has expired. */
export async function dropExpired(database: Database, now: number): Promise<void> {
  await housekeep(database, [database.orm.delete(snapshots).where(lt(snapshots.expiresAt, now))]);
}

function freeze<Row>(
  database: Database,
  collection: string,
  { table, where, order }: Freezable<Row>,
  snapshot: { readonly id: string; readonly now: number },
) {
  const members = database.orm
    .select({ seq: table.seq })
    .from(table)
    .where(where)
    .orderBy(...orderBy(order))
    .limit(SNAPSHOT_ROWS);
  const expiresAt = snapshot.now + SNAPSHOT_LIFETIME_MS;
  return database.orm
    .insert(snapshots)
    .select(sql`SELECT ${snapshot.id}, ${collection}, json_group_array(seq), ${expiresAt} FROM ${members}`);
}

/** `member.key` is the position in the view, `member.value` the row's number. */
function pageQuery<Row>(database: Database, { table, columns }: Freezable<Row>, { id, offset, limit }: FrozenWindow) {
  const query = database.orm
    .select({ ...getTableColumns(table), ...columns })
    .from(snapshots)
    .innerJoin(sql`json_each(${snapshots.members}) AS member`, sql`TRUE`)
    .innerJoin(table, sql`${table.seq} = member.value`)
    .where(sql`${eq(snapshots.id, id)} AND member.key >= ${offset} AND member.key < ${offset + limit}`)
    .orderBy(sql`member.key`);
  return query as unknown as Query<Row>; // all these columns are its rows, which Drizzle tells only for a known table
}

function sizeQuery(database: Database, id: string) {
  return database.orm
    .select({ size: sql<number>`json_array_length(${snapshots.members})` })
    .from(snapshots)
    .where(eq(snapshots.id, id));
}
