/** The entry point of the Worker: requests, cron triggers and Durable Objects. */

import type { Dependencies } from "#core/contract/dependencies.ts";
import { openDatabase } from "#core/data/database.ts";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject } from "#features/limits/object/find-object.ts";
import { createApp } from "./app.ts";
import { readSettings } from "./config.ts";
import { abilities, endpoints, minuteTasks, protocolEndpoints, scheduledTasks, scopes } from "./modules.ts";
import { runScheduledTasks, tasksOf } from "./scheduled-tasks.ts";

export { IdempotencyRecord } from "#features/idempotency/idempotency-record.ts";
export { LoginAttempts } from "#features/identity/attempts/login-attempts.ts";
export { ProofReplays } from "#features/identity/dpop/proof-replays.ts";
export { TokenBucket } from "#features/limits/object/token-bucket.ts";

const reachOut = (request: Request) => fetch(request);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const writeLog = (line: string) => console.log(line);

const now = () => Date.now();

const dependencies: Dependencies = {
  now,
  randomBytes,
  writeLog,
  readSettings,
  fetch: reachOut,
  openCache: () => caches.open("sluice"),
  authenticate: createAuthenticator(reachOut),
};

const app = createApp(
  { endpoints, protocolEndpoints, abilities, scopes },
  dependencies,
  createLimiter(now, findObject),
);

export default {
  fetch: app.fetch,
  async scheduled(event, env) {
    const { scheduledTime: now, cron } = event;
    const context = { now, settings: readSettings(env), database: openDatabase(env.DB), randomBytes, writeLog };
    await runScheduledTasks(tasksOf(cron, { minuteTasks, scheduledTasks }), context);
  },
} satisfies ExportedHandler<Env>;
