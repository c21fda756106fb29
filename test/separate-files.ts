/** Gives each test file fresh modules and empty storage, although the files of a worker run in one isolate. */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

/** Work that the previous file left behind can write while its storage is deleted. */
const ATTEMPTS = 5;

const COUNT_TABLES =
  "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";

vi.resetModules();
await emptyStorage();

async function emptyStorage(): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await reset();
    if ((await env.DB.prepare(COUNT_TABLES).first<number>("tables")) === 0) return;
    console.log("RESET AGAIN");
  }
  throw new Error("the storage of the previous test file could not be deleted");
}
