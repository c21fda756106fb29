/**
 * Scheduled tasks delete everything that has expired and nothing else, and a failure of one task does not stop the
 * others.
 */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { readSettings } from "../src/config.ts";
import { minuteTasks, scheduledTasks } from "../src/modules.ts";
import { EVERY_MINUTE, runScheduledTasks, tasksOf } from "../src/scheduled-tasks.ts";
import { brokenDatabase } from "./support/broken-database.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const ALL = tasksOf("*/15 * * * *", { minuteTasks, scheduledTasks });
const DAY_MS = 86_400_000;

const EXPIRING = {
  snapshots: ["INSERT INTO snapshots (id, collection, members, expires_at) VALUES (?, 'products', '[]', ?)", "id"],
  sign_ins: [
    "INSERT INTO sign_ins (id_hash, user_id, methods, authenticated_at, expires_at) VALUES (?, 'user_1', 'pwd', 0, ?)",
    "id_hash",
  ],
  mail_tokens: [
    "INSERT INTO mail_tokens (token_hash, user_id, purpose, email, expires_at) VALUES (?, 'user_1', 'verify-email', 'a@example.com', ?)",
    "token_hash",
  ],
  spent_challenges: ["INSERT INTO spent_challenges (challenge_hash, expires_at) VALUES (?, ?)", "challenge_hash"],
  oauth_artifacts: [
    "INSERT INTO oauth_artifacts (model, id_hash, payload, expires_at) VALUES ('Session', ?, '{}', ?)",
    "id_hash",
  ],
  revocations: ["INSERT INTO revocations (kind, id, issued_before, expires_at) VALUES ('token', ?, 0, ?)", "id"],
} as const;

function contextWith(database = env.DB) {
  const lines: string[] = [];
  const context = {
    now: NOW,
    settings: readSettings(env),
    database: openDatabase(database),
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    writeLog: (line: string) => void lines.push(line),
  };
  return { context, lines };
}

it("deletes expired rows and keeps the others", async () => {
  await env.DB.prepare(
    "INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES ('user_1', 'a@example.com', 'A', 'customer', 0, 0)",
  ).run();
  for (const [insert] of Object.values(EXPIRING)) {
    await env.DB.prepare(insert)
      .bind("old", NOW - DAY_MS)
      .run();
    await env.DB.prepare(insert)
      .bind("new", NOW + DAY_MS)
      .run();
  }
  const { context, lines } = contextWith();
  await runScheduledTasks(ALL, context);
  for (const [table, [, key]] of Object.entries(EXPIRING)) {
    const { results } = await env.DB.prepare(`SELECT ${key} AS id FROM ${table}`).all();
    expect(results, table).toEqual([{ id: "new" }]);
  }
  expect(lines).toEqual([]);
});

it("creates the first signing keys", async () => {
  const { context } = contextWith();
  await runScheduledTasks(ALL, context);
  const { results } = await env.DB.prepare("SELECT state FROM signing_keys ORDER BY state").all();
  expect(results).toEqual([{ state: "current" }, { state: "next" }]);
});

it("logs each task that fails, and does not reject", async () => {
  const { context, lines } = contextWith(brokenDatabase("away"));
  await runScheduledTasks(ALL, context);
  const failed = lines.map((line) => JSON.parse(line)["upkeep.task"]);
  expect(failed.toSorted()).toEqual(Object.keys(ALL).toSorted());
});

it("runs only the urgent tasks every minute", async () => {
  const { context, lines } = contextWith(brokenDatabase("away"));
  await runScheduledTasks(tasksOf(EVERY_MINUTE, { minuteTasks, scheduledTasks }), context);
  expect(lines.map((line) => JSON.parse(line)["upkeep.task"])).toEqual(Object.keys(minuteTasks));
});
