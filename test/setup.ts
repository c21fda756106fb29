/** Gives each test file a migrated database, and the generated cases the same seed in every run. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";

const { TEST_MIGRATIONS } = env as Env & { TEST_MIGRATIONS: D1Migration[] }; // bound by vitest.config.ts alone
await applyD1Migrations(env.DB, TEST_MIGRATIONS);

// A run that fails can be repeated as it was; other seeds are tried by changing this line.
fc.configureGlobal({ seed: 20_260_131 });
