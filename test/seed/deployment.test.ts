/** A new deployment has tables without rows. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { seedStatements } from "../../scripts/seed/seeds.ts";

const TABLES = ["users", "addresses", "credentials", "passkeys", "oauth_clients", "api_keys", "products"];

it.each(TABLES)("has no row in %s, because migrations create no data", async (table) => {
  const row = await env.DB.prepare(`SELECT count(*) AS count FROM ${table}`).first<{ count: number }>();
  expect(row?.count).toBe(0);
});

it("gets its rows only from the seed, which only the local server runs", async () => {
  for (const statement of seedStatements()) await env.DB.prepare(statement).run();
  const row = await env.DB.prepare("SELECT count(*) AS count FROM users").first<{ count: number }>();
  expect(row?.count).toBeGreaterThan(200);
});
