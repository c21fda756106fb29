/** The doors of the service: requests, and the clock's. */
import { createApp } from "./app.ts";
import { readSettings } from "./config.ts";
import type { Doors } from "./contract/doors.ts";
import { openDatabase } from "./data/database.ts";
import { endpoints, protocolEndpoints } from "./endpoints.ts";
import { believeTokens } from "./identity/authenticate.ts";
import { createLimiter } from "./limits/limiter.ts";
import { findObject } from "./limits/objects.ts";
import { keepUp } from "./upkeep.ts";

export { IdempotencyRecord } from "./idempotency/idempotency-record.ts";
export { LoginAttempts } from "./identity/attempts/login-attempts.ts";
export { ProofReplays } from "./identity/dpop/proof-replays.ts";
export { TokenBucket } from "./limits/token-bucket.ts";

const reachOut = (request: Request) => fetch(request);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const writeLog = (line: string) => console.log(line);

const now = () => Date.now();

const doors: Doors = {
  now,
  randomBytes,
  writeLog,
  readSettings,
  fetch: reachOut,
  openCache: () => caches.open("sluice"),
  authenticate: believeTokens(reachOut),
};

const app = createApp(endpoints, protocolEndpoints, doors, createLimiter(now, findObject));

export default {
  fetch: app.fetch,
  async scheduled(event, env) {
    const { scheduledTime: now } = event;
    await keepUp({ now, settings: readSettings(env), database: openDatabase(env.DB), randomBytes, writeLog });
  },
} satisfies ExportedHandler<Env>;
