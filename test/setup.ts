/**
 * Gives each test file empty storage, a migrated database and fresh modules. The files of a worker run in one isolate,
 * because starting one costs more than most files do; what an isolate remembers must not pass from file to file.
 */
import { applyD1Migrations, type D1Migration, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

vi.resetModules();
await reset();
const { TEST_MIGRATIONS } = env as Env & { TEST_MIGRATIONS: D1Migration[] }; // bound by vitest.config.ts alone
await applyD1Migrations(env.DB, TEST_MIGRATIONS);
