/**
 * Snapshots: the membership and order of a list, stored for 15 minutes. Each row shows its current state; a row deleted
 * in the meantime shows its last state. A snapshot token is valid only for the same caller and the same list.
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
/** The maximum rows of a snapshot. Cursors reach the rows beyond it. */
export const SNAPSHOT_ROWS = 10_000;
const PURPOSE = "snapshot";

const payloadSchema = z.string();

/** The rows of a snapshot to select, and whether to create the snapshot first. */
export interface FrozenWindow {
  readonly id: string;
  readonly isNew: boolean;
  readonly offset: number;
  readonly limit: number;
}

/** The rows and the order of a list that can be stored as a snapshot. */
export interface Freezable<Row> {
  readonly table: CollectionTable<Partial<Row>>;
  /** Columns of its rows in addition to those of the table. */
  readonly columns?: Readonly<Record<string, SQL.Aliased>>;
  readonly where: SQL | undefined;
  readonly order: readonly OrderTerm[];
}

export interface FrozenSelection<Row> {
  readonly rows: readonly Row[];
  /** The size of the whole snapshot; undefined if it does not exist. */
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

/** Rows of a snapshot by position, with the last state of deleted rows. A new snapshot is created in the same batch. */
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

  /** A replica may not have the snapshot yet. */
  async function atPrimary() {
    database.readPrimary();
    return read();
  }
}

/** Deletes expired snapshots. */
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

/** `member.key` is the position in the snapshot, `member.value` the `seq` of the row. */
function pageQuery<Row>(database: Database, { table, columns }: Freezable<Row>, { id, offset, limit }: FrozenWindow) {
  const query = database.orm
    .select({ ...getTableColumns(table), ...columns })
    .from(snapshots)
    .innerJoin(sql`json_each(${snapshots.members}) AS member`, sql`TRUE`)
    .innerJoin(table, sql`${table.seq} = member.value`)
    .where(sql`${eq(snapshots.id, id)} AND member.key >= ${offset} AND member.key < ${offset + limit}`)
    .orderBy(sql`member.key`);
  return query as unknown as Query<Row>; // the columns form a Row, but Drizzle infers that only for a known table
}

function sizeQuery(database: Database, id: string) {
  return database.orm
    .select({ size: sql<number>`json_array_length(${snapshots.members})` })
    .from(snapshots)
    .where(eq(snapshots.id, id));
}
