/** Gives each test file a migrated database. */
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

const { TEST_MIGRATIONS } = env as Env & { TEST_MIGRATIONS: D1Migration[] }; // bound only by vitest.config.ts
await applyD1Migrations(env.DB, TEST_MIGRATIONS);
