/**
 * Counts the calls of every binding at the platform, independently of the service's own counts. It includes calls after
 * the response, and the rows that D1 reads.
 */
import { env } from "cloudflare:workers";
import type { LocationCache } from "#core/contract/dependencies.ts";
import type { Cost } from "./budgets.ts";

export interface Tally {
  /** Replace the platform's bindings. */
  readonly bindings: Partial<Env>;
  /** The cache of a location. */
  openCache(location: string): Promise<LocationCache>;
  /** The calls since the last `take()`. */
  take(): Required<Cost>;
  /** Runs `work` right before the next batch is sent. */
  beforeBatch(work: () => Promise<void>): void;
}

const NOTHING: Required<Cost> = { d1: 0, objects: 0, kv: 0, cache: 0, rows: 0 };
const NAMESPACES = ["LOGIN_ATTEMPTS", "PROOF_REPLAYS", "TOKEN_BUCKETS", "IDEMPOTENCY_RECORDS"] as const;

export function startTally(): Tally {
  let counted = { ...NOTHING };
  let interruption: (() => Promise<void>) | undefined;
  const statements = new WeakMap<object, D1PreparedStatement>();

  function note<T extends D1Result>(result: T): T {
    counted.rows += result.meta.rows_read;
    return result;
  }

  function statementOver(inner: D1PreparedStatement): object {
    async function noted(): Promise<D1Result> {
      counted.d1 += 1;
      return note(await inner.all());
    }
    const statement = {
      bind: (...values: unknown[]) => statementOver(inner.bind(...values)),
      all: noted,
      run: noted,
      async raw() {
        // Raw results have no metadata, so the statement, which only reads, runs twice.
        await noted();
        return inner.raw();
      },
    };
    statements.set(statement, inner);
    return statement;
  }

  function databaseOver(client: Pick<D1Database, "prepare" | "batch">): object {
    return {
      prepare: (query: string) => statementOver(client.prepare(query)),
      async batch(sent: readonly object[]) {
        counted.d1 += 1;
        const work = interruption;
        interruption = undefined;
        await work?.();
        return (await client.batch(sent.flatMap((statement) => statements.get(statement) ?? []))).map(note);
      },
      withSession(start: D1SessionBookmark | D1SessionConstraint) {
        const session = env.DB.withSession(start);
        return Object.assign(databaseOver(session), { getBookmark: () => session.getBookmark() });
      },
    };
  }

  function countCalls<Target extends object>(target: Target, part: "objects" | "kv" | "cache"): Target {
    return new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name, target);
        // `await` looks for a `then` member.
        if (typeof member !== "function" || name === "then") return member;
        return (...values: unknown[]) => {
          counted[part] += 1;
          return Reflect.apply(member, target, values);
        };
      },
    });
  }

  const namespaces = NAMESPACES.map((binding) => [
    binding,
    { getByName: (name: string) => countCalls<object>(env[binding].getByName(name), "objects") },
  ]);
  return {
    bindings: {
      ...Object.fromEntries(namespaces),
      DB: databaseOver(env.DB),
      LIMITS: countCalls(env.LIMITS, "kv"),
      READ_MODELS: countCalls(env.READ_MODELS, "kv"),
    } as unknown as Partial<Env>, // only the members that the service calls
    openCache: async (location) => countCalls(await caches.open(location), "cache"),
    take() {
      const taken = counted;
      counted = { ...NOTHING };
      return taken;
    },
    beforeBatch(work) {
      interruption = work;
    },
  };
}
