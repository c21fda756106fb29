/**
 * The D1 database of one request: Drizzle over a client that sends everything through one session, so that whoever
 * has written reads it, and counts each round trip, so that the log and the tests know what a request costs. Opening it
 * makes no call. `orm` reads, and makes statements that write; it refuses to run those, since what a request writes goes
 * through commit().
 */
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type D1Source, RequestSession, type SessionStart } from "./session.ts";
import { meterUsage, type UsageMeter } from "./usage.ts";
import type { Rider } from "./write.ts";

export interface Database {
  readonly orm: DrizzleD1Database;
  readonly usage: DatabaseUsage;
  /** What goes along with the request's write; the commit that makes it takes them. */
  readonly riders: Rider[];
  /** What is known of the request's write: kept by commit(), and by whoever finds what an earlier attempt has written. */
  progress: CommitProgress;
  /** The tables that statements were sent to write to, whatever came of them. "*": any. */
  readonly written: ReadonlySet<string>;
  /** Where reads begin, as long as there was none. */
  readFrom(start: SessionStart): void;
  /** From here on what is read is what the primary has now, or newer. */
  readPrimary(): void;
  /** What D1 calls the latest state that was seen or made here: undefined where it said nothing since the last failure. */
  bookmark(): string | undefined;
}

/** "unknown": the batch was sent, and it cannot be told whether it committed. */
export type CommitProgress = "untouched" | "unknown" | "committed";

/** What the request has cost so far. A batch is one round trip. */
export interface DatabaseUsage {
  readonly roundTrips: number;
}

export interface DatabaseOptions {
  readonly start: SessionStart;
  /** Counts the round trips. */
  readonly meter: UsageMeter;
}

const writers = new WeakMap<Database, DrizzleD1Database>();

/** Without options there is no session: everything is asked of the primary. */
export function openDatabase(client: D1Database, options?: DatabaseOptions): Database {
  const meter = options?.meter ?? meterUsage(() => 0);
  const session = new RequestSession(client, meter, options?.start);
  const usage: DatabaseUsage = {
    get roundTrips() {
      return meter.usage.calls.d1;
    },
  };
  const written = new Set<string>();
  const database: Database = {
    orm: ormOver(session, undefined),
    usage,
    riders: [],
    progress: "untouched",
    written,
    readFrom: (start) => session.readFrom(start),
    readPrimary: () => session.readPrimary(),
    bookmark: () => session.bookmark(),
  };
  writers.set(database, ormOver(session, written));
  return database;
}

/** A database that is never asked: each statement fails at once. For work that must not wait for the real one. */
export function closedDatabase(): Database {
  const refuse = () => {
    throw new Error("this database is closed");
  };
  return openDatabase({ prepare: refuse, batch: refuse } as unknown as D1Database); // the part of it that is called
}

/** What may run statements that write, in a batch. For commit.ts alone, which the linter sees to. */
export function writerOf(database: Database): DrizzleD1Database {
  const writer = writers.get(database);
  if (writer === undefined) throw new TypeError("a database that openDatabase() did not open");
  return writer;
}

/** Thrown where a statement that writes is run by itself. */
export class WriteOutsideCommit extends Error {
  constructor(query: string) {
    super(`a statement that writes was run outside of commit(): ${query.slice(0, 80)}`);
    this.name = "WriteOutsideCommit";
  }
}

/** Of whatever is not known to only read, it is taken that it writes. */
export function isRead(query: string): boolean {
  if (/^\s*select\b/i.test(query)) return true;
  return /^\s*with\b/i.test(query) && !/\b(insert|update|delete|replace)\b/i.test(query);
}

/** The table that a statement writes to; "*" where that cannot be told. */
export function writtenBy(query: string): string {
  const [, table = "*"] = /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from)\s+"?(\w+)/i.exec(query) ?? [];
  return table;
}

/** `written` takes the names of tables; without it nothing may be written. */
function ormOver(session: RequestSession, written: Set<string> | undefined): DrizzleD1Database {
  return drizzle(new SessionClient(session, written) as unknown as D1Database, { casing: "snake_case" }); // the client has what Drizzle calls: prepare and batch
}

class SessionClient {
  readonly #session: RequestSession;
  readonly #written: Set<string> | undefined;

  constructor(session: RequestSession, written: Set<string> | undefined) {
    this.#session = session;
    this.#written = written;
  }

  prepare(query: string): SessionStatement {
    return new SessionStatement(this.#session, query, []);
  }

  async batch(statements: readonly SessionStatement[]): Promise<D1Result[]> {
    for (const statement of statements) {
      if (this.#written === undefined) statement.refuseWrite();
      else if (!isRead(statement.query)) this.#written.add(writtenBy(statement.query));
    }
    const send = (source: D1Source) => source.batch(statements.map((statement) => statement.on(source)));
    return statements.every(({ query }) => isRead(query)) ? this.#session.read(send) : this.#session.write(send);
  }
}

/** It is made anew on whatever source it is sent to. */
class SessionStatement {
  readonly query: string;
  readonly #session: RequestSession;
  readonly #values: readonly unknown[];

  constructor(session: RequestSession, query: string, values: readonly unknown[]) {
    this.query = query;
    this.#session = session;
    this.#values = values;
  }

  bind(...values: unknown[]): SessionStatement {
    return new SessionStatement(this.#session, this.query, values);
  }

  on(source: D1Source): D1PreparedStatement {
    return source.prepare(this.query).bind(...this.#values);
  }

  async all(): Promise<D1Result> {
    return this.#read((statement) => statement.all());
  }

  async run(): Promise<D1Result> {
    return this.#read((statement) => statement.run());
  }

  async raw(): Promise<unknown[][]> {
    return this.#read((statement) => statement.raw());
  }

  /** @throws WriteOutsideCommit */
  refuseWrite(): void {
    if (!isRead(this.query)) throw new WriteOutsideCommit(this.query);
  }

  /** A statement by itself is a read: writes come in batches, and by commit(). */
  #read<T>(send: (statement: D1PreparedStatement) => Promise<T>): Promise<T> {
    this.refuseWrite();
    return this.#session.read((source) => send(this.on(source)));
  }
}
