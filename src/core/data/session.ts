/**
 * Which copy of the database a request reads. All it asks goes through one session of D1, so that it never sees less
 * than it has seen or written; where the session begins decides how old the first of it may be. After a failure nobody
 * knows what was done, so what comes next is asked of the primary.
 */
import type { UsageMeter } from "./usage.ts";
import { within } from "./within.ts";

/** How long a read is waited for: far more than any of ours takes. */
const READ_TIMEOUT_MS = 5_000;

/** Likewise a write: so short that it can be asked about and sent once more while the lease of a key lasts. */
export const WRITE_TIMEOUT_MS = 10_000;

/**
 * "first-primary": nothing older than now. "first-unconstrained": whatever the nearest copy has. Otherwise a bookmark that
 * D1 gave: nothing older than that.
 */
export type SessionStart = D1SessionConstraint | D1SessionBookmark;

/** What takes statements: a session, or the database itself, which is always the primary. */
export type D1Source = Pick<D1Database, "prepare" | "batch">;

type Send<T> = (source: D1Source) => Promise<T>;

/** Where a request's statements go. */
export class RequestSession {
  readonly #client: D1Database;
  readonly #meter: UsageMeter;
  /** Undefined: there is no session, and never will be. */
  #start: SessionStart | undefined;
  /** Begun by the first statement. */
  #begun: D1DatabaseSession | undefined;

  constructor(client: D1Database, meter: UsageMeter, start: SessionStart | undefined) {
    this.#client = client;
    this.#meter = meter;
    this.#start = start;
  }

  /** Without effect once there was a statement: what has been seen is a bound already. */
  readFrom(start: SessionStart): void {
    if (this.#start !== undefined && this.#begun === undefined) this.#start = start;
  }

  readPrimary(): void {
    if (this.#start === undefined) return;
    this.#start = "first-primary";
    this.#begun = undefined;
  }

  bookmark(): D1SessionBookmark | undefined {
    return this.#begun?.getBookmark() ?? undefined;
  }

  /**
   * A bookmark is as old as the client likes, and the database may have been restored or replaced since: what D1 cannot
   * read from there is read at the primary.
   */
  async read<T>(send: Send<T>): Promise<T> {
    const isFromBookmark = this.#start !== undefined && !isConstraint(this.#start);
    try {
      return await this.#inTime(send, READ_TIMEOUT_MS);
    } catch (error) {
      if (!isFromBookmark) throw error;
      return this.#inTime(send, READ_TIMEOUT_MS);
    }
  }

  /** Sent once. Nobody but its sender can tell what became of it when it fails. */
  async write<T>(send: Send<T>): Promise<T> {
    return this.#inTime(send, WRITE_TIMEOUT_MS);
  }

  /** What is silent has failed: whoever reads can ask again, or be given what is kept. */
  async #inTime<T>(send: Send<T>, ms: number): Promise<T> {
    const source = this.#source();
    try {
      const answered = await within(
        this.#meter.measure("d1", () => send(source)),
        ms,
      );
      if (answered !== undefined) return answered.value;
      throw new Error("D1 did not answer in time");
    } catch (error) {
      this.readPrimary();
      throw error;
    }
  }

  #source(): D1Source {
    if (this.#start === undefined) return this.#client;
    this.#begun ??= this.#client.withSession(this.#start);
    return this.#begun;
  }
}

function isConstraint(start: SessionStart): start is D1SessionConstraint {
  return start === "first-primary" || start === "first-unconstrained";
}
