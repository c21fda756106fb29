/**
 * The local database on its own, without the service in front of it: for setting it up, and for looking into it. Each
 * call is one D1 batch, made by a Worker of a few lines, since Miniflare's own handle blocks this thread for every
 * statement.
 */
import { type RuntimeOptions, readWorkerOptions, startMiniflare, stopMiniflare } from "./runtime.ts";
import { messageOf, StartFailure, systemErrorCode } from "./start-failure.ts";

/** SQL text and the values of its parameters. */
export type Statement = readonly [sql: string, ...parameters: (string | number | null)[]];

type Row = Record<string, string | number | null>;

export interface LocalDatabase {
  /**
   * Runs statements in one transaction and returns the rows of each.
   *
   * @throws Error with the database's own message; then none of them happened.
   */
  batch(statements: readonly Statement[]): Promise<Row[][]>;
  /** Stops the runtime behind it. */
  close(): Promise<void>;
}

// The binding is the store's in wrangler.toml.
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
 * Opens the database that is kept in a state's storage directory, which no server may be using.
 *
 * @throws StartFailure when the storage is damaged.
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
    throw new StartFailure(`the state cannot be opened; delete its directory to begin anew\n${messageOf(error)}`);
  }
  return {
    async batch(statements) {
      const response = await miniflare.dispatchFetch("http://database/", {
        method: "POST",
        body: JSON.stringify(statements),
      });
      if (!response.ok) {
        const { message } = (await response.json()) as { message: string }; // what the Worker above answers
        throw new Error(message);
      }
      return (await response.json()) as Row[][]; // what the Worker above answers
    },
    close: () => stopMiniflare(miniflare),
  };
}
