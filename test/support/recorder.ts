/** A database that records every statement, so a test can examine how the real statements run. */
import { env } from "cloudflare:workers";

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

export interface Recorder {
  readonly database: D1Database;
  /** The statements since the last call, without duplicates. */
  take(): Statement[];
}

export function startRecorder(): Recorder {
  let seen = new Map<string, Statement>();
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = env.DB.prepare(sql);
    const bind = statement.bind.bind(statement);
    return Object.assign(statement, {
      bind(...values: unknown[]) {
        if (!seen.has(sql)) seen.set(sql, { sql, values });
        return bind(...values);
      },
    });
  };
  const database = new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare") return prepare;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return {
    database,
    take() {
      const taken = [...seen.values()];
      seen = new Map();
      return taken;
    },
  };
}

/** The steps of SQLite's plan for the statement. */
export async function planOf({ sql, values }: Statement): Promise<string[]> {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map((step) => step.detail);
}

/** The number of rows that the statement reads. */
export async function rowsRead({ sql, values }: Statement): Promise<number> {
  const { meta } = await env.DB.prepare(sql)
    .bind(...values)
    .all();
  return meta.rows_read;
}
