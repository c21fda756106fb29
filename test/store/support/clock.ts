/** Runs the scheduled tasks as the platform's trigger of every minute does. */
import { env } from "cloudflare:workers";
import { openDatabase } from "#core/data/database.ts";
import { readSettings } from "../../../src/config.ts";
import { minuteTasks } from "../../../src/modules.ts";
import { runScheduledTasks } from "../../../src/scheduled-tasks.ts";

/** One run at that time (epoch ms). Throws failures that the task only logs. */
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
