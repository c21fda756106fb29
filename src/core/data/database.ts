/**
 * The D1 database of one request: Drizzle over a client that sends all statements through one session. The request
 * reads its own writes, and each round trip is counted. Opening it makes no call. `orm` refuses to run statements that
 * write, because writes go through commit().
 */
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { type D1Source, RequestSession, type SessionStart } from "./session.ts";
import { meterUsage, type UsageMeter } from "./usage.ts";
import type { BatchExtension } from "./write.ts";

export interface Database {
  readonly orm: DrizzleD1Database;
  readonly usage: DatabaseUsage;
  /** The batch extensions for the request's write. The commit that succeeds takes them. */
  readonly extensions: BatchExtension[];
  /**
   * The state of the request's write. It is set by commit(), and by code that finds the write of an earlier attempt.
   */
  progress: CommitProgress;
  /** The tables that statements tried to write, whatever the outcome. "*" means any table. */
  readonly written: ReadonlySet<string>;
  /** Sets where reads begin. No effect after the first statement. */
  readFrom(start: SessionStart): void;
  /** From now on, reads see at least the current state of the primary. */
  readPrimary(): void;
  /**
   * D1's bookmark of the latest state that this request read or wrote. Undefined if D1 returned none since the last
   * failure.
   */
  bookmark(): string | undefined;
}

/** "unknown": the batch was sent, and it is not known whether it committed. */
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

/** Without options there is no session: all statements go to the primary. */
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
    extensions: [],
    progress: "untouched",
    written,
    readFrom: (start) => session.readFrom(start),
    readPrimary: () => session.readPrimary(),
    bookmark: () => session.bookmark(),
  };
  writers.set(database, ormOver(session, written));
  return database;
}

/** A database that rejects every statement at once. For work that must not wait for the real one. */
export function closedDatabase(): Database {
  const refuse = () => {
    throw new Error("this database is closed");
  };
  return openDatabase({ prepare: refuse, batch: refuse } as unknown as D1Database); // the part of it that is called
}

/** Drizzle without the write check. Only commit.ts may use it; a lint rule enforces that. */
export function writerOf(database: Database): DrizzleD1Database {
  const writer = writers.get(database);
  if (writer === undefined) throw new TypeError("the database was not opened by openDatabase()");
  return writer;
}

/** Thrown if a statement that writes runs outside of commit(). */
export class WriteOutsideCommit extends Error {
  constructor(query: string) {
    super(`a statement that writes was run outside of commit(): ${query.slice(0, 80)}`);
    this.name = "WriteOutsideCommit";
  }
}

/** Any statement that is not provably read-only counts as a write. */
export function isRead(query: string): boolean {
  if (/^\s*select\b/i.test(query)) return true;
  return /^\s*with\b/i.test(query) && !/\b(insert|update|delete|replace)\b/i.test(query);
}

/** The table that a statement writes to, or "*" if it cannot be determined. */
export function writtenBy(query: string): string {
  const [, table = "*"] = /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|update|delete\s+from)\s+"?(\w+)/i.exec(query) ?? [];
  return table;
}

/** `written` collects table names. Without it, statements that write are refused. */
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

/** A statement that is prepared anew on each source it is sent to. */
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

  /** A single statement is always a read, because writes run in batches through commit(). */
  #read<T>(send: (statement: D1PreparedStatement) => Promise<T>): Promise<T> {
    this.refuseWrite();
    return this.#session.read((source) => send(this.on(source)));
  }
}
