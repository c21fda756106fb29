/**
 * A database with a lagging replica: two real databases, of which the second applies writes only when the test says so.
 * Sessions behave as D1 documents them: writes go to the primary, "first-primary" begins there, and
 * "first-unconstrained" at the replica. A session with a bookmark reads from the replica once the replica has caught up
 * with it.
 */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { isRead } from "#core/data/database.ts";

const { REPLICA, TEST_MIGRATIONS } = env as Env & { REPLICA: D1Database; TEST_MIGRATIONS: D1Migration[] }; // bound only by vitest.config.ts

export interface LaggingReplica {
  /** Replaces `env.DB`. */
  readonly database: D1Database;
  /** The replica applies all writes, or the next `writes` of them. */
  catchUp(writes?: number): Promise<void>;
  /** Where sessions began since the last call, and which database served each of their calls. */
  takeTrace(): string[];
  /** Carries out the next write, but loses its response. */
  loseNextWrite(): void;
  /** Reports a failure of the next write, and carries it out when the returned function is called. */
  delayNextWrite(): () => Promise<void>;
}

interface Written {
  readonly query: string;
  readonly values: readonly unknown[];
}

/** Both databases must be equal at first, so start it once per test file, before any write. */
export async function startLaggingReplica(): Promise<LaggingReplica> {
  await applyD1Migrations(REPLICA, TEST_MIGRATIONS);
  const log: (readonly Written[])[] = [];
  let applied = 0;
  let trace: string[] = [];
  let isResponseLost = false;
  let delay: ((carryOut: () => Promise<void>) => void) | undefined;

  const nameOf = (position: number) => `${String(position).padStart(8, "0")}-0000000a-lagging`;

  function positionOf(bookmark: string): number {
    const position = Number(/^(\d{8})-0000000a-lagging$/.exec(bookmark)?.[1]);
    if (!(position <= log.length)) throw new Error(`D1_ERROR: no such bookmark: ${bookmark}`);
    return position;
  }

  function sessionFrom(start: string): D1DatabaseSession {
    let reached: number | undefined;
    trace.push(start);

    async function send<T>(statements: readonly Written[], run: (copy: D1Database) => Promise<T>): Promise<T> {
      if (reached === undefined && !start.startsWith("first-")) reached = positionOf(start);
      const isWrite = statements.some(({ query }) => !isRead(query));
      const isBehind = reached === undefined ? start === "first-primary" : applied < reached;
      const isAtPrimary = isWrite || isBehind;
      trace.push(isWrite ? "write" : isAtPrimary ? "primary" : "replica");
      if (isWrite && delay !== undefined) {
        delay(async () => {
          await run(env.DB);
          log.push(statements);
        });
        delay = undefined;
        throw new Error("D1_ERROR: Network connection lost.");
      }
      const result = await run(isAtPrimary ? env.DB : REPLICA);
      if (isWrite) log.push(statements);
      if (isWrite && isResponseLost) {
        isResponseLost = false;
        throw new Error("D1_ERROR: Network connection lost.");
      }
      reached = Math.max(reached ?? 0, isAtPrimary ? log.length : applied);
      return result;
    }

    const session = {
      prepare: (query: string) => statement({ query, values: [] }),
      batch: (statements: readonly (Written & D1PreparedStatement)[]) =>
        send(
          statements.map(({ query, values }) => ({ query, values })),
          (copy) => copy.batch(statements.map((each) => on(copy, each))),
        ),
      getBookmark: () => (reached === undefined ? null : nameOf(reached)),
    };

    function statement(written: Written): object {
      return {
        ...written,
        bind: (...values: unknown[]) => statement({ ...written, values }),
        all: () => send([written], (copy) => on(copy, written).all()),
        run: () => send([written], (copy) => on(copy, written).run()),
        raw: () => send([written], (copy) => on(copy, written).raw()),
      };
    }

    return session as unknown as D1DatabaseSession; // only the members that are called
  }

  return {
    database: { withSession: sessionFrom } as unknown as D1Database, // a request calls nothing else
    async catchUp(writes = log.length) {
      for (const batch of log.slice(applied, applied + writes)) {
        await REPLICA.batch(batch.map((written) => on(REPLICA, written)));
        applied += 1;
      }
    },
    takeTrace() {
      const taken = trace;
      trace = [];
      return taken;
    },
    loseNextWrite() {
      isResponseLost = true;
    },
    delayNextWrite() {
      const delayed = Promise.withResolvers<() => Promise<void>>();
      delay = delayed.resolve;
      return async () => (await delayed.promise)();
    },
  };
}

function on(copy: D1Database, { query, values }: Written): D1PreparedStatement {
  return copy.prepare(query).bind(...values);
}
