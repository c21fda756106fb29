/**
 * Frozen views: the membership and order of a list, kept for 15 minutes. Each row is shown as it is now, and one
 * deleted meanwhile as it last was. The token of a view is good only for whoever asked, and for the same list.
 */
import { z } from "@hono/zod-openapi";
import { eq, lt, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { snapshots } from "../../schema/snapshots.ts";
import type { Database } from "../data/database.ts";
import { problem } from "../http/problem.ts";
import { openToken, signToken, type TokenScope } from "./token.ts";

export const SNAPSHOT_LIFETIME_MS = 15 * 60_000;
/** The most rows a snapshot holds: what lies behind is reached by cursors. */
export const SNAPSHOT_ROWS = 10_000;
const PURPOSE = "snapshot";

export async function writeSnapshotToken(id: string, scope: TokenScope): Promise<string> {
  return signToken(scope, PURPOSE, scope.now + SNAPSHOT_LIFETIME_MS, id);
}

/** The snapshot's id. @throws invalid-parameter, snapshot-expired */
export async function readSnapshotToken(token: string, scope: TokenScope): Promise<string> {
  const opened = await openToken(scope, PURPOSE, token);
  if (opened === undefined) {
    const detail = "The snapshot does not belong to this list.";
    throw problem("invalid-parameter", {
      detail,
      errors: [{ parameter: "snapshot", code: "invalid-snapshot", detail }],
    });
  }
  if (opened.expiresAt <= scope.now) throw problem("snapshot-expired");
  return z.string().parse(opened.payload);
}

/** The statement that freezes `members`: a query of the one column `seq`, in order, of at most SNAPSHOT_ROWS rows. */
export function freeze(
  database: Database,
  snapshot: { readonly id: string; readonly now: number },
  collection: string,
  members: SQLWrapper,
) {
  const expiresAt = snapshot.now + SNAPSHOT_LIFETIME_MS;
  return database.orm
    .insert(snapshots)
    .select(sql`SELECT ${snapshot.id}, ${collection}, json_group_array(seq), ${expiresAt} FROM ${members}`);
}

/** Drops what has expired. */
export async function dropExpired(database: Database, now: number): Promise<void> {
  await database.orm.delete(snapshots).where(lt(snapshots.expiresAt, now));
}

/** Joins a snapshot's members of one page, as `member.key` (position) and `member.value` (row number). */
export function membersOf(id: string, offset: number, count: number): { join: SQL; where: SQL } {
  return {
    join: sql`json_each(${snapshots.members}) AS member`,
    where: sql`${eq(snapshots.id, id)} AND member.key >= ${offset} AND member.key < ${offset + count}`,
  };
}

/** How many members a snapshot has; no row where there is no such snapshot. */
export function sizeQuery(database: Database, id: string) {
  return database.orm
    .select({ size: sql<number>`json_array_length(${snapshots.members})` })
    .from(snapshots)
    .where(eq(snapshots.id, id));
}
