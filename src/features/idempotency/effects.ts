/**
 * What requests with a key have done, as the database knows it: one row a key, written in the very batch of the effect, so
 * that the two are there together or not at all, and a second effect of one key is impossible. A later attempt bars the
 * earlier ones before it goes on: from then on, what it found is final.
 */
import { and, eq, gt, lte, ne, type SQL, sql } from "drizzle-orm";
import { housekeep, type Rider } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { idempotencyEffects } from "#schema/idempotency.ts";

/** One attempt to carry out a request. Times are epoch ms. */
export interface Attempt {
  readonly recordHash: string;
  readonly fence: number;
  readonly now: number;
  readonly expiresAt: number;
}

/** What an attempt of the key has done. */
export interface Effect {
  readonly status: number;
  /** Of the resource that it is answered with, where there is one. */
  readonly resourceId: string | null;
}

/** What the rider is to write, and whom to tell. */
export interface EffectNotes {
  /** The status of the operation's success. */
  readonly status: number;
  /** The resource that the request is about, where it makes none. Asked when the request writes. */
  resourceId(): string | undefined;
  /** Called where the effect of another attempt, or a bar, has undone the write. */
  onOvertaken(): void;
}

const BARRED = 0;

/** Makes the attempt's effect known in the batch that makes it; undoes the batch where a later attempt came first. */
export function effectRider(database: Database, attempt: Attempt, notes: EffectNotes): Rider {
  const { recordHash, fence, now, expiresAt } = attempt;
  const overtaken = sql`${isLive(attempt)} AND (${ne(idempotencyEffects.status, BARRED)} OR ${gt(idempotencyEffects.fence, fence)})`;
  const own = and(isLive(attempt), eq(idempotencyEffects.fence, fence), ne(idempotencyEffects.status, BARRED));
  return {
    guards: [{ condition: sql`NOT ${exists(overtaken)}`, refusal }],
    statements({ resourceId = notes.resourceId() }) {
      const values = { fence, status: notes.status, resourceId: resourceId ?? null, createdAt: now, expiresAt };
      const { orm } = database;
      // What stands there now, by the guard, is a bar of ours or an earlier one, or expired.
      return [
        orm
          .insert(idempotencyEffects)
          .values({ recordHash, ...values })
          .onConflictDoUpdate({ target: idempotencyEffects.recordHash, set: values }),
      ];
    },
    mark: exists(own),
  };

  function refusal(cause: unknown): Problem {
    notes.onOvertaken();
    return problem("idempotency-in-progress", { headers: { "Retry-After": "1" }, cause });
  }
}

/**
 * Finds what an earlier attempt has done; where it is nothing, it never will. One round trip. The database's `progress` is
 * that of the request, whichever attempt made it.
 */
export async function settleFormerAttempts(database: Database, attempt: Attempt): Promise<Effect | undefined> {
  const { recordHash, fence, now, expiresAt } = attempt;
  database.progress = "unknown";
  const bar = { fence, status: BARRED, resourceId: null, createdAt: now, expiresAt };
  const [, rows] = await housekeep(database, [
    database.orm
      .insert(idempotencyEffects)
      .values({ recordHash, ...bar })
      .onConflictDoUpdate({
        target: idempotencyEffects.recordHash,
        set: bar,
        setWhere: sql`${lte(idempotencyEffects.expiresAt, now)} OR (${eq(idempotencyEffects.status, BARRED)} AND ${lte(idempotencyEffects.fence, fence)})`,
      }),
    effectQuery(database, attempt),
  ]);
  database.progress = rows[0] === undefined ? "untouched" : "committed";
  return rows[0];
}

/** What has been done by any attempt of the key, as the primary has it. */
export async function findEffect(database: Database, attempt: Pick<Attempt, "recordHash" | "now">) {
  database.readPrimary();
  const [row] = await effectQuery(database, attempt);
  return row;
}

/** Drops what no key can be about any more. `now` is epoch ms. */
export async function dropExpiredEffects(database: Database, now: number): Promise<void> {
  await housekeep(database, [database.orm.delete(idempotencyEffects).where(lte(idempotencyEffects.expiresAt, now))]);
}

function effectQuery(database: Database, attempt: Pick<Attempt, "recordHash" | "now">) {
  return database.orm
    .select({ status: idempotencyEffects.status, resourceId: idempotencyEffects.resourceId })
    .from(idempotencyEffects)
    .where(and(isLive(attempt), ne(idempotencyEffects.status, BARRED)));
}

function isLive({ recordHash, now }: Pick<Attempt, "recordHash" | "now">): SQL {
  return sql`${eq(idempotencyEffects.recordHash, recordHash)} AND ${gt(idempotencyEffects.expiresAt, now)}`;
}

function exists(condition: SQL | undefined): SQL {
  return sql`EXISTS (SELECT 1 FROM ${idempotencyEffects} WHERE ${condition})`;
}
