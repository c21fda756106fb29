/**
 * commit(): all that a request writes, as one batch, or nothing of it. D1 has no interactive transactions, so
 * what the write depends on is asserted inside the batch by guards, never read first and hoped for.
 */
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { guards } from "../../schema/guards.ts";
import type { Problem } from "../http/problem.ts";
import type { Database } from "./database.ts";

/** A condition that must hold when the batch runs, and the problem to answer with when it does not. */
export interface Guard {
  readonly condition: SQL;
  /**
   * `cause` is how the batch failed, for the log to keep: where it committed and only its answer was lost, the guard
   * that is asked again is broken by this very write.
   */
  refusal(cause: unknown): Problem;
}

export interface Write {
  readonly guards: readonly Guard[];
  readonly statements: readonly [BatchItem<"sqlite">, ...BatchItem<"sqlite">[]];
}

/**
 * Runs the write in one round trip.
 *
 * @throws the refusal of the first guard that does not hold. Nothing was written then, unless the batch committed and
 * its answer was lost: so whoever is refused may tell, but must not write again by itself.
 */
export async function commit(database: Database, write: Write): Promise<void> {
  const [first, ...rest] = [...write.guards.map((guard) => assertion(database, guard)), ...write.statements];
  if (first === undefined) return;
  try {
    await database.orm.batch([first, ...rest]);
  } catch (cause) {
    // Where not even the question can be asked, the first failure is the one to tell of.
    const broken = await firstBroken(database, write.guards).catch(() => undefined);
    throw broken?.refusal(cause) ?? cause;
  }
}

function assertion(database: Database, guard: Guard): BatchItem<"sqlite"> {
  return database.orm.insert(guards).values({ holds: truthOf(guard) });
}

/** 1 or 0. What is unknown (NULL) does not hold, and any other truth is 1. */
function truthOf(guard: Guard): SQL<number> {
  return sql<number>`CASE WHEN ${guard.condition} THEN 1 ELSE 0 END`;
}

/** D1 names no constraint in a form to rely on, so a failed batch asks again which guard it was. */
async function firstBroken(database: Database, asserted: readonly Guard[]): Promise<Guard | undefined> {
  if (asserted.length === 0) return undefined;
  const columns = sql.join(
    asserted.map((guard, index) => sql`${truthOf(guard)} AS ${sql.identifier(`guard${index}`)}`),
    sql`, `,
  );
  const [row] = await database.orm.all<Record<string, number>>(sql`SELECT ${columns}`);
  return asserted.find((_, position) => row?.[`guard${position}`] !== 1);
}
