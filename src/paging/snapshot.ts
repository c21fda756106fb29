/**
 * Snapshot pages: random access over a list frozen for 15 minutes. Membership and order are those of the first page's
 * moment; each row is shown as it is now, and one deleted meanwhile as it last was.
 */
import { z } from "@hono/zod-openapi";
import { eq, lt, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import { snapshots } from "../../schema/snapshots.ts";
import type { Page, PageLink } from "../contract/answer.ts";
import type { Database } from "../data/database.ts";
import { problem } from "../http/problem.ts";
import { openToken, signToken } from "./token.ts";

export const SNAPSHOT_SECONDS = 15 * 60;
/** The most rows a snapshot holds: what lies behind is reached by cursors. */
export const SNAPSHOT_ROWS = 10_000;
const PURPOSE = "snapshot";

export interface SnapshotScope {
  readonly secret: string;
  /** All that makes the list the same list, and who asks. */
  readonly binding: string;
  /** Epoch ms. */
  readonly now: number;
}

const payloadSchema = z.object({ i: z.string(), b: z.string(), e: z.number() });

export async function writeSnapshotToken(id: string, scope: SnapshotScope): Promise<string> {
  return signToken(scope.secret, PURPOSE, { i: id, b: scope.binding, e: expiryOf(scope.now) });
}

/** The snapshot's id. @throws invalid-parameter, snapshot-expired */
export async function readSnapshotToken(token: string, scope: SnapshotScope): Promise<string> {
  const payload = payloadSchema.safeParse(await openToken(scope.secret, PURPOSE, token));
  if (!payload.success || payload.data.b !== scope.binding) {
    const detail = "The snapshot does not belong to this list.";
    throw problem("invalid-parameter", {
      detail,
      errors: [{ parameter: "snapshot", code: "invalid-snapshot", detail }],
    });
  }
  if (payload.data.e <= scope.now) throw problem("snapshot-expired");
  return payload.data.i;
}

/** The statement that freezes `members`: a query of the one column `seq`, in order, of at most SNAPSHOT_ROWS rows. */
export function freeze(database: Database, id: string, collection: string, members: SQLWrapper, now: number) {
  return database.orm
    .insert(snapshots)
    .select(sql`SELECT ${id}, ${collection}, json_group_array(seq), ${expiryOf(now)} FROM ${members}`);
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

/** Where page number `number` lies. `found` may have one row more than the page. */
export function snapshotPage<Row>(
  found: readonly Row[],
  number: number,
  limit: number,
  token: string,
): { rows: readonly Row[]; page: Page; links: Partial<Record<"first" | "next" | "prev", PageLink>> } {
  const hasNext = found.length > limit;
  const next = hasNext ? String(number + 1) : null;
  const prev = number > 1 ? String(number - 1) : null;
  return {
    rows: found.slice(0, limit),
    page: { next, prev, has_more: hasNext, limit, snapshot: token },
    links: {
      first: { page: "1", snapshot: token },
      ...(prev === null ? {} : { prev: { page: prev, snapshot: token } }),
      ...(next === null ? {} : { next: { page: next, snapshot: token } }),
    },
  };
}

function expiryOf(now: number): number {
  return now + SNAPSHOT_SECONDS * 1000;
}
