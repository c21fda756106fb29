/**
 * commit() writes everything that a request changes as one batch, including the batch extensions, or nothing. D1 has no
 * interactive transactions. So guards assert inside the batch what the write depends on.
 */
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { guards } from "#schema/guards.ts";
import { type Database, writerOf } from "./database.ts";
import type { Guard, Statements, Write } from "./write.ts";

export type { BatchExtension, Guard, Statements, Write } from "./write.ts";

/** Databases of requests whose batch extensions were committed with a write. */
const accompanied = new WeakSet<Database>();

/**
 * Thrown if a request writes again after its batch extensions were committed: they describe the first write as the only
 * one.
 */
export class SecondCommit extends Error {
  constructor() {
    super("a request with batch extensions wrote twice; put all its statements into one commit()");
    this.name = "SecondCommit";
  }
}

/**
 * Runs the request's write and its batch extensions in one round trip. The extensions run once, with the write that commits.
 *
 * @throws SecondCommit
 * @throws the refusal of the first guard that does not hold, if D1 confirms that the batch was rolled back. Nothing was
 * written.
 * @throws the error of D1 otherwise; the outcome may be unknown.
 */
export async function commit(database: Database, write: Write): Promise<void> {
  await commitAndRead(database, write, []);
}

/** Like `commit()`, and returns the rows of further statements: reads after the write, or writes with RETURNING. */
export async function commitAndRead<const Reads extends readonly BatchItem<"sqlite">[]>(
  database: Database,
  write: Pick<Write, "guards" | "resourceId"> & { readonly statements: readonly BatchItem<"sqlite">[] },
  reads: Reads,
): Promise<BatchResponse<Reads>> {
  try {
    return await send(database, write, reads);
  } catch (failure) {
    if (!(failure instanceof Unexplained)) throw failure;
    if (!failure.canBeSentAgain) throw failure.cause;
    return send(database, write, reads).catch((again) => {
      // Report the first failure.
      throw again instanceof Unexplained ? failure.cause : again;
    });
  }
}

/**
 * The batch failed, and no guard is known to be the cause. Either all guards hold by now, because the failed one has
 * changed since. Or D1 has not confirmed the rollback, so the batch may still commit.
 */
class Unexplained extends Error {
  /** Whether the batch has a mark. A batch with a mark takes effect once, however often it is sent. */
  readonly canBeSentAgain: boolean;

  constructor(cause: unknown, canBeSentAgain: boolean) {
    super("unexplained", { cause });
    this.canBeSentAgain = canBeSentAgain;
  }
}

async function send<const Reads extends readonly BatchItem<"sqlite">[]>(
  database: Database,
  write: Pick<Write, "guards" | "resourceId"> & { readonly statements: readonly BatchItem<"sqlite">[] },
  reads: Reads,
): Promise<BatchResponse<Reads>> {
  if (accompanied.has(database)) throw new SecondCommit();
  const { extensions } = database;
  const guarded = [...extensions.flatMap((extension) => extension.guards ?? []), ...write.guards];
  const written = [...write.statements, ...extensions.flatMap((extension) => extension.statements(write))];
  const [first, ...rest] = [...guarded.map((guard) => assertion(database, guard)), ...written, ...reads];
  const former = database.progress;
  for (const extension of extensions) await extension.before?.();
  try {
    if (former === "untouched") database.progress = "unknown";
    const answers = first === undefined ? [] : await writerOf(database).batch([first, ...rest]);
    for (const extension of extensions) await extension.after?.();
    settle(database);
    return answers.slice(guarded.length + written.length) as BatchResponse<Reads>; // the results of the reads, which come last
  } catch (cause) {
    const isOver = former !== "unknown" && isUndone(cause);
    const found = await whatHappened(database, guarded).catch(() => undefined);
    if (found?.isCommitted === true) {
      settle(database);
      return (await readAgain(database, reads)) as BatchResponse<Reads>; // the same reads
    }
    const broken = found?.broken;
    // Once a guard of a batch extension has failed, it never holds again.
    const isFinal = isOver || extensions.some(({ guards: own }) => own?.some((guard) => guard === broken));
    if (isFinal) database.progress = former;
    if (isFinal && broken !== undefined) throw broken.refusal(cause);
    throw new Unexplained(cause, broken === undefined && found?.isMarked === true);
  }
}

/** SQLite's messages for a rejected statement. They mean that the batch was rolled back. */
const UNDONE = /\bconstraint failed\b|\bSQLITE_(?:CONSTRAINT|ERROR)/i;

/** After any other failure the outcome is unknown: the batch may still be running. */
function isUndone(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  return failure.cause === undefined ? UNDONE.test(failure.message) : isUndone(failure.cause);
}

/**
 * Writes maintenance data that is not part of the request's write, in one batch without batch extensions. Examples:
 * cleanup by scheduled tasks, the last use of a key, the local mailbox. Returns the statements' rows, in order.
 */
export async function housekeep<const S extends Statements>(
  database: Database,
  statements: S,
): Promise<BatchResponse<S>> {
  return writerOf(database).batch(statements);
}

function settle(database: Database): void {
  database.progress = "committed";
  if (database.extensions.length > 0) accompanied.add(database);
  database.extensions.length = 0;
}

async function readAgain(database: Database, [first, ...rest]: readonly BatchItem<"sqlite">[]): Promise<unknown[]> {
  return first === undefined ? [] : database.orm.batch([first, ...rest]);
}

function assertion(database: Database, guard: Guard): BatchItem<"sqlite"> {
  return database.orm.insert(guards).values({ holds: truthOf(guard) });
}

/** 1 or 0. NULL counts as 0, and any other true value as 1. */
function truthOf({ condition }: Pick<Guard, "condition">): SQL<number> {
  return sql<number>`CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}

/**
 * Finds out what happened to a failed batch. D1 does not name the violated constraint reliably, so the guards are
 * queried again. The batch may also have committed although its response was lost.
 */
async function whatHappened(
  database: Database,
  asserted: readonly Guard[],
): Promise<{ readonly isCommitted: boolean; readonly isMarked: boolean; readonly broken: Guard | undefined }> {
  const marks = database.extensions.flatMap(({ mark }) => mark ?? []);
  const questions = [...marks.map((condition) => ({ condition })), ...asserted];
  if (questions.length === 0) return { isCommitted: false, isMarked: false, broken: undefined };
  const columns = sql.join(
    questions.map((question, index) => sql`${truthOf(question)} AS ${sql.identifier(`holds${index}`)}`),
    sql`, `,
  );
  const [row] = await database.orm.all<Record<string, number>>(sql`SELECT ${columns}`);
  return {
    isMarked: marks.length > 0,
    isCommitted: marks.length > 0 && marks.every((_, position) => row?.[`holds${position}`] === 1),
    broken: asserted.find((_, position) => row?.[`holds${marks.length + position}`] !== 1),
  };
}
