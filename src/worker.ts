/** The doors of the service: requests, and the clock's. */
import { createApp } from "./app.ts";
import { readSettings } from "./config.ts";
import { openDatabase } from "./data/database.ts";
import { endpoints, protocolEndpoints } from "./endpoints.ts";
import { believeTokens } from "./identity/authenticate.ts";
import { keepUp } from "./upkeep.ts";

export { LoginAttempts } from "./identity/attempts/login-attempts.ts";
export { ProofReplays } from "./identity/dpop/proof-replays.ts";

const reachOut = (request: Request) => fetch(request);
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const writeLog = (line: string) => console.log(line);

const app = createApp(endpoints, protocolEndpoints, {
  now: () => Date.now(),
  randomBytes,
  writeLog,
  readSettings,
  fetch: reachOut,
  authenticate: believeTokens(reachOut),
});

export default {
  fetch: app.fetch,
  async scheduled(event, env) {
    const { scheduledTime: now } = event;
    await keepUp({ now, settings: readSettings(env), database: openDatabase(env.DB), randomBytes, writeLog });
  },
} satisfies ExportedHandler<Env>;
