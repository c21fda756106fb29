/** What a deployment begins with: the tables, and nobody in them. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { seedStatements } from "../../scripts/seed/seeds.ts";

const TABLES = ["users", "addresses", "credentials", "passkeys", "oauth_clients", "api_keys", "products"];

it.each(TABLES)("has no row in %s: migrations make no accounts, clients or goods", async (table) => {
  const row = await env.DB.prepare(`SELECT count(*) AS count FROM ${table}`).first<{ count: number }>();
  expect(row?.count).toBe(0);
});

it("would have them by the seed, which only the local server runs", async () => {
  for (const statement of seedStatements()) await env.DB.prepare(statement).run();
  const row = await env.DB.prepare("SELECT count(*) AS count FROM users").first<{ count: number }>();
  expect(row?.count).toBeGreaterThan(200);
});
