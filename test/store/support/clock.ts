/** The platform's clock: runs what the service does by itself, as the trigger of every minute would. */
import { env } from "cloudflare:workers";
import { openDatabase } from "#core/data/database.ts";
import { readSettings } from "../../../src/config.ts";
import { minuteTasks } from "../../../src/modules.ts";
import { runScheduledTasks } from "../../../src/scheduled-tasks.ts";

/** One run at that time (epoch ms). What failed is thrown, and not only logged. */
export async function tick(now: number, database: D1Database = env.DB): Promise<void> {
  const lines: string[] = [];
  const context = {
    now,
    settings: readSettings(env),
    database: openDatabase(database),
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    writeLog: (line: string) => void lines.push(line),
  };
  await runScheduledTasks(minuteTasks, context);
  if (lines.length > 0) throw new Error(lines.join("\n"));
}
