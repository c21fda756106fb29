/**
 * The D1 database of one request: Drizzle over a client that counts each round trip, so that the log and the
 * tests know what a request costs. Opening it makes no call. `orm` reads, and makes statements that write; it refuses to
 * run those, since what a request writes goes through commit().
 */
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { Rider } from "./commit.ts";

export interface Database {
  readonly orm: DrizzleD1Database;
  readonly usage: DatabaseUsage;
  /** What goes along with the request's write; the commit that makes it takes them. */
  readonly riders: Rider[];
  /** What is known of the request's write: kept by commit(). */
  progress: CommitProgress;
}

/** "unknown": the batch was sent, and it cannot be told whether it committed. */
export type CommitProgress = "untouched" | "unknown" | "committed";

/** What the request has cost so far. A batch is one round trip. */
export interface DatabaseUsage {
  roundTrips: number;
}

const writers = new WeakMap<Database, DrizzleD1Database>();

export function openDatabase(client: D1Database): Database {
  const usage: DatabaseUsage = { roundTrips: 0 };
  const database: Database = { orm: ormOver(client, usage, false), usage, riders: [], progress: "untouched" };
  writers.set(database, ormOver(client, usage, true));
  return database;
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

function ormOver(client: D1Database, usage: DatabaseUsage, mayWrite: boolean): DrizzleD1Database {
  return drizzle(new MeteredClient(client, usage, mayWrite) as unknown as D1Database, { casing: "snake_case" }); // the client has what Drizzle calls: prepare and batch
}

class MeteredClient {
  readonly #client: D1Database;
  readonly #usage: DatabaseUsage;
  readonly #mayWrite: boolean;

  constructor(client: D1Database, usage: DatabaseUsage, mayWrite: boolean) {
    this.#client = client;
    this.#usage = usage;
    this.#mayWrite = mayWrite;
  }

  prepare(query: string): MeteredStatement {
    return new MeteredStatement(query, this.#client.prepare(query), this.#usage);
  }

  async batch(statements: readonly MeteredStatement[]): Promise<D1Result[]> {
    if (!this.#mayWrite) for (const statement of statements) statement.refuseWrite();
    this.#usage.roundTrips += 1;
    return this.#client.batch(statements.map((statement) => statement.inner));
  }
}

class MeteredStatement {
  readonly inner: D1PreparedStatement;
  readonly #query: string;
  readonly #usage: DatabaseUsage;

  constructor(query: string, inner: D1PreparedStatement, usage: DatabaseUsage) {
    this.#query = query;
    this.inner = inner;
    this.#usage = usage;
  }

  bind(...values: unknown[]): MeteredStatement {
    return new MeteredStatement(this.#query, this.inner.bind(...values), this.#usage);
  }

  async all(): Promise<D1Result> {
    return this.#send((statement) => statement.all());
  }

  async run(): Promise<D1Result> {
    return this.#send((statement) => statement.run());
  }

  async raw(): Promise<unknown[][]> {
    return this.#send((statement) => statement.raw());
  }

  /** @throws WriteOutsideCommit */
  refuseWrite(): void {
    if (!isRead(this.#query)) throw new WriteOutsideCommit(this.#query);
  }

  /** A statement by itself is a read: writes come in batches, and by commit(). */
  #send<T>(send: (statement: D1PreparedStatement) => Promise<T>): Promise<T> {
    this.refuseWrite();
    this.#usage.roundTrips += 1;
    return send(this.inner);
  }
}
