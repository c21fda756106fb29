/**
 * commit(): all that a request writes, as one batch with its riders, or nothing of it. D1 has no interactive
 * transactions, so what the write depends on is asserted inside the batch by guards, never read first and hoped for.
 */
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { guards } from "#schema/guards.ts";
import { type Database, writerOf } from "./database.ts";
import type { Guard, Statements, Write } from "./write.ts";

export type { Guard, Rider, Statements, Write } from "./write.ts";

/** Databases of requests whose riders went along with a write that committed. */
const accompanied = new WeakSet<Database>();

/** Thrown where a request writes again whose riders are gone: they would say of its first write that it was all. */
export class SecondCommit extends Error {
  constructor() {
    super("a request whose write had riders committed before; all that it writes belongs into one commit()");
    this.name = "SecondCommit";
  }
}

/**
 * Runs the request's write and its riders in one round trip. Riders go along once: with the write that commits.
 *
 * @throws SecondCommit; the refusal of the first guard that does not hold, where D1 has said that the batch is undone:
 * nothing was written then, and nothing of it ever will be. Otherwise what D1 failed with.
 */
export async function commit(database: Database, write: Write): Promise<void> {
  await commitAndRead(database, write, []);
}

/** The same, with further statements whose rows are wanted: reads behind the write, or writes that return rows. */
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
      // The first failure is the one to tell of.
      throw again instanceof Unexplained ? failure.cause : again;
    });
  }
}

/**
 * The batch failed, and no guard is known to be the reason: one may have been broken for as long as another write took, or
 * D1 has not said that the batch is undone, and it commits as soon as the guard that is broken now holds again.
 */
class Unexplained extends Error {
  /** What has a mark is written once, however often it is sent. */
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
  const { riders } = database;
  const guarded = [...riders.flatMap((rider) => rider.guards ?? []), ...write.guards];
  const written = [...write.statements, ...riders.flatMap((rider) => rider.statements(write))];
  const [first, ...rest] = [...guarded.map((guard) => assertion(database, guard)), ...written, ...reads];
  const former = database.progress;
  for (const rider of riders) await rider.before?.();
  try {
    if (former === "untouched") database.progress = "unknown";
    const answers = first === undefined ? [] : await writerOf(database).batch([first, ...rest]);
    for (const rider of riders) await rider.after?.();
    settle(database);
    return answers.slice(guarded.length + written.length) as BatchResponse<Reads>; // those of the reads, which come last
  } catch (cause) {
    const isOver = former !== "unknown" && isUndone(cause);
    const found = await whatHappened(database, guarded).catch(() => undefined);
    if (found?.isCommitted === true) {
      settle(database);
      return (await readAgain(database, reads)) as BatchResponse<Reads>; // likewise
    }
    const broken = found?.broken;
    // What riders assert stays broken once it is.
    const isFinal = isOver || riders.some(({ guards: own }) => own?.some((guard) => guard === broken));
    if (isFinal) database.progress = former;
    if (isFinal && broken !== undefined) throw broken.refusal(cause);
    throw new Unexplained(cause, broken === undefined && found?.isMarked === true);
  }
}

/** What SQLite says of a statement that it refuses: the batch is undone then, and over. */
const UNDONE = /\bconstraint failed\b|\bSQLITE_(?:CONSTRAINT|ERROR)/i;

/** Of any other failure nobody knows how it ends: the batch may be on its way still. */
function isUndone(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  return failure.cause === undefined ? UNDONE.test(failure.message) : isUndone(failure.cause);
}

/**
 * Writes apart from what the request does, in one batch: what the clock drops, what is noted of a key that was used,
 * the mail that a laptop keeps. No rider goes along. The statements' rows, in order.
 */
export async function housekeep<const S extends Statements>(
  database: Database,
  statements: S,
): Promise<BatchResponse<S>> {
  return writerOf(database).batch(statements);
}

function settle(database: Database): void {
  database.progress = "committed";
  if (database.riders.length > 0) accompanied.add(database);
  database.riders.length = 0;
}

async function readAgain(database: Database, [first, ...rest]: readonly BatchItem<"sqlite">[]): Promise<unknown[]> {
  return first === undefined ? [] : database.orm.batch([first, ...rest]);
}

function assertion(database: Database, guard: Guard): BatchItem<"sqlite"> {
  return database.orm.insert(guards).values({ holds: truthOf(guard) });
}

/** 1 or 0. What is unknown (NULL) does not hold, and any other truth is 1. */
function truthOf({ condition }: Pick<Guard, "condition">): SQL<number> {
  return sql<number>`CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}

/**
 * D1 names no constraint in a form to rely on, so a failed batch asks again which guard it was; and whether it failed
 * at all, since an answer can be lost.
 */
async function whatHappened(
  database: Database,
  asserted: readonly Guard[],
): Promise<{ readonly isCommitted: boolean; readonly isMarked: boolean; readonly broken: Guard | undefined }> {
  const marks = database.riders.flatMap(({ mark }) => mark ?? []);
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
