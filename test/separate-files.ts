/**
 * Gives each test file fresh modules and empty storage, although the files of a worker run in one isolate. Tests must
 * use unique keys for Durable Objects, because this file cannot detect whether an object is empty.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, vi } from "vitest";

const ATTEMPTS = 5;
const COUNT_TABLES =
  "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";

/** The platform's timers, as the isolate's first file found them: a test that is abandoned can leave false ones behind. */
const timers = globalThis as { platformTimers?: object }; // belongs to these tests alone
timers.platformTimers ??= { Date, setTimeout, clearTimeout };

beforeEach(() => {
  vi.useRealTimers();
  Object.assign(globalThis, timers.platformTimers);
});

vi.resetModules();
await emptyStorage();

/** One reset can leave an object behind in which a request of the previous file is still ending. */
async function emptyStorage(): Promise<void> {
  await reset();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await reset();
    if (await isEmpty()) return;
  }
  throw new Error("could not delete the storage of the previous test file");
}

async function isEmpty(): Promise<boolean> {
  const { DB, REPLICA } = env as Env & { REPLICA: D1Database }; // bound by vitest.config.ts alone
  const tables = await Promise.all(
    [DB, REPLICA].map((database) => database.prepare(COUNT_TABLES).first<number>("tables")),
  );
  const lists = await Promise.all([env.LIMITS, env.READ_MODELS].map((namespace) => namespace.list({ limit: 1 })));
  return tables.every((count) => count === 0) && lists.every(({ keys }) => keys.length === 0);
}
