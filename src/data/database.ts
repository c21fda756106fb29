/**
 * The D1 database of one request: Drizzle over a client that counts each round trip, so that the log and the
 * tests know what a request costs. Opening it makes no call.
 */
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

export interface Database {
  readonly orm: DrizzleD1Database;
  readonly usage: DatabaseUsage;
}

/** What the request has cost so far. A batch is one round trip. */
export interface DatabaseUsage {
  roundTrips: number;
}

export function openDatabase(client: D1Database): Database {
  const usage: DatabaseUsage = { roundTrips: 0 };
  return { orm: drizzle(new MeteredClient(client, usage) as unknown as D1Database, { casing: "snake_case" }), usage }; // the client has what Drizzle calls: prepare and batch
}

class MeteredClient {
  readonly #client: D1Database;
  readonly #usage: DatabaseUsage;

  constructor(client: D1Database, usage: DatabaseUsage) {
    this.#client = client;
    this.#usage = usage;
  }

  prepare(query: string): MeteredStatement {
    return new MeteredStatement(this.#client.prepare(query), this.#usage);
  }

  batch(statements: readonly MeteredStatement[]): Promise<D1Result[]> {
    this.#usage.roundTrips += 1;
    return this.#client.batch(statements.map((statement) => statement.inner));
  }
}

class MeteredStatement {
  readonly inner: D1PreparedStatement;
  readonly #usage: DatabaseUsage;

  constructor(inner: D1PreparedStatement, usage: DatabaseUsage) {
    this.inner = inner;
    this.#usage = usage;
  }

  bind(...values: unknown[]): MeteredStatement {
    return new MeteredStatement(this.inner.bind(...values), this.#usage);
  }

  all(): Promise<D1Result> {
    return this.#sent(this.inner.all());
  }

  run(): Promise<D1Result> {
    return this.#sent(this.inner.run());
  }

  raw(): Promise<unknown[][]> {
    return this.#sent(this.inner.raw());
  }

  #sent<T>(answer: Promise<T>): Promise<T> {
    this.#usage.roundTrips += 1;
    return answer;
  }
}
