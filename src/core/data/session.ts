/**
 * Chooses which copy of the database a request reads. All statements go through one D1 session, so a request never sees
 * an older state than it has read or written. The start of the session limits how old its first read may be. After a
 * failure the outcome is unknown, so later statements go to the primary.
 */
import type { UsageMeter } from "./usage.ts";
import { within } from "./within.ts";

/** The timeout of a read, far longer than any query of the service takes. */
const READ_TIMEOUT_MS = 5_000;

/**
 * The timeout of a write. It is short enough to check the outcome and send it again within the lease of an idempotency
 * key.
 */
export const WRITE_TIMEOUT_MS = 10_000;

/**
 * "first-primary": reads the current state. "first-unconstrained": reads any copy. Otherwise a D1 bookmark: reads
 * nothing older than it.
 */
export type SessionStart = D1SessionConstraint | D1SessionBookmark;

/** Accepts statements: a session, or the database itself, which is always the primary. */
export type D1Source = Pick<D1Database, "prepare" | "batch">;

type Send<T> = (source: D1Source) => Promise<T>;

/** Sends the statements of one request. */
export class RequestSession {
  readonly #client: D1Database;
  readonly #meter: UsageMeter;
  /** Undefined: there is no session and never will be. */
  #start: SessionStart | undefined;
  /** The session, which the first statement begins. */
  #begun: D1DatabaseSession | undefined;

  constructor(client: D1Database, meter: UsageMeter, start: SessionStart | undefined) {
    this.#client = client;
    this.#meter = meter;
    this.#start = start;
  }

  /** No effect after the first statement, which already set a bound. */
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
   * A client may send an old bookmark, from before a restore or of another database. If D1 cannot read from it, the
   * primary is used.
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

  /** Sent once. On failure the caller decides what happened. */
  async write<T>(send: Send<T>): Promise<T> {
    return this.#inTime(send, WRITE_TIMEOUT_MS);
  }

  /** A call that exceeds its timeout has failed. A reader can retry or use a stored value. */
  async #inTime<T>(send: Send<T>, ms: number): Promise<T> {
    const source = this.#source();
    try {
      const answered = await within(
        this.#meter.measure("d1", () => send(source)),
        ms,
      );
      if (answered !== undefined) return answered.value;
      throw new Error("D1 did not answer in time"); // platform-overload.ts matches this text
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
