/** The doors of the service: requests, and the clock's. */
import { createApp } from "./app.ts";
import { readSettings } from "./config.ts";
import { openDatabase } from "./data/database.ts";
import { endpoints } from "./endpoints.ts";
import { believeTrustedIssuers } from "./identity/authenticate.ts";
import { dropExpired } from "./paging/snapshot.ts";

const app = createApp(endpoints, {
  now: () => Date.now(),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  writeLog: (line) => console.log(line),
  readSettings,
  authenticate: believeTrustedIssuers((request) => fetch(request)),
});

export default {
  fetch: app.fetch,
  async scheduled(event, env) {
    await dropExpired(openDatabase(env.DB), event.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
