/**
 * The effects of requests with an idempotency key, one row per key. The row is written in the batch of the effect, so
 * either both exist or neither does, and a key cannot have a second effect. A later attempt first writes a row that
 * keeps earlier attempts from committing (a bar), so the effect that it finds is final.
 */
import { and, eq, gt, lte, ne, type SQL, sql } from "drizzle-orm";
import { type BatchExtension, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { idempotencyEffects } from "#schema/idempotency.ts";

/** One attempt to execute a request. Times are epoch ms. */
export interface Attempt {
  readonly recordHash: string;
  readonly fence: number;
  readonly now: number;
  readonly expiresAt: number;
}

/** The effect of an attempt. */
export interface Effect {
  readonly status: number;
  /** The resource in the response; null if there is none. */
  readonly resourceId: string | null;
}

/** What the batch extension writes and calls. */
export interface EffectNotes {
  /** The status of a successful response. */
  readonly status: number;
  /** The resource that the request changes, if it creates none. Called when the request writes. */
  resourceId(): string | undefined;
  /** Called if the effect or the bar of another attempt rolled back the write. */
  onOvertaken(): void;
}

const BARRED = 0;

/** The batch extension that records the attempt's effect. It fails the batch if a later attempt came first. */
export function effectExtension(database: Database, attempt: Attempt, notes: EffectNotes): BatchExtension {
  const { recordHash, fence, now, expiresAt } = attempt;
  const overtaken = sql`${isLive(attempt)} AND (${ne(idempotencyEffects.status, BARRED)} OR ${gt(idempotencyEffects.fence, fence)})`;
  const own = and(isLive(attempt), eq(idempotencyEffects.fence, fence), ne(idempotencyEffects.status, BARRED));
  return {
    guards: [{ condition: sql`NOT ${exists(overtaken)}`, refusal }],
    statements({ resourceId = notes.resourceId() }) {
      const values = { fence, status: notes.status, resourceId: resourceId ?? null, createdAt: now, expiresAt };
      const { orm } = database;
      // The guard ensures that an existing row is expired, or the bar of this or an earlier attempt.
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
 * Finds the effect of earlier attempts. If there is none, bars those attempts, so that they never have one. One round
 * trip. Sets the database's `progress` for the request, whichever attempt made it.
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

/** Reads the effect of any attempt of the key from the primary. */
export async function findEffect(database: Database, attempt: Pick<Attempt, "recordHash" | "now">) {
  database.readPrimary();
  const [row] = await effectQuery(database, attempt);
  return row;
}

/** Deletes expired effects. `now` is epoch ms. */
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
