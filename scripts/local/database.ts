/**
 * The local database without the service: for setup and for inspection. Each call is one D1 batch in a small Worker,
 * because Miniflare's own handle blocks this thread for every statement.
 */
import { type RuntimeOptions, readWorkerOptions, startMiniflare, stopMiniflare } from "./runtime.ts";
import { messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";

/** SQL text and parameter values. */
export type Statement = readonly [sql: string, ...parameters: (string | number | null)[]];

type Row = Record<string, string | number | null>;

export interface LocalDatabase {
  /**
   * Runs statements in one transaction and returns the rows of each.
   *
   * @throws Error with the database's message; the transaction is rolled back
   */
  batch(statements: readonly Statement[]): Promise<Row[][]>;
  /** Stops its runtime. */
  close(): Promise<void>;
}

// DB is the name of the binding in wrangler.toml.
const BATCH_WORKER = `export default {
  async fetch(request, { DB }) {
    try {
      const statements = (await request.json()).map(([sql, ...parameters]) => DB.prepare(sql).bind(...parameters));
      return Response.json((await DB.batch(statements)).map((result) => result.results));
    } catch (error) {
      return Response.json({ message: error.message }, { status: 422 });
    }
  },
};`;

/**
 * Opens the database in a state's storage directory. No server may be using it.
 *
 * @throws StartFailure if the storage is damaged
 */
export async function openDatabase(storageDirectory: string): Promise<LocalDatabase> {
  const { compatibilityDate, d1Databases } = readWorkerOptions();
  const options: RuntimeOptions = { host: "127.0.0.1", port: 0, storageDirectory, print: () => {} };
  const miniflare = startMiniflare(options, {
    name: "database",
    modules: [{ type: "ESModule", path: "batch.js", contents: BATCH_WORKER }],
    ...(compatibilityDate !== undefined && { compatibilityDate }),
    ...(d1Databases !== undefined && { d1Databases }),
  });
  try {
    await miniflare.ready;
  } catch (error) {
    await stopMiniflare(miniflare);
    if (systemErrorCode(error) !== "ERR_RUNTIME_FAILURE") throw error;
    throw new StartFailure(`the state cannot be opened; delete its directory to start over\n${messageOf(error)}`);
  }
  return {
    async batch(statements) {
      const response = await miniflare.dispatchFetch("http://database/", {
        method: "POST",
        body: JSON.stringify(statements),
      });
      if (!response.ok) {
        const { message } = (await response.json()) as { message: string }; // the response of the Worker above
        throw new Error(message);
      }
      return (await response.json()) as Row[][]; // the response of the Worker above
    },
    close: () => stopMiniflare(miniflare),
  };
}
