/** Which table a statement writes to. Caches of that table depend on it. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { commit } from "#core/data/commit.ts";
import { openDatabase, writtenBy } from "#core/data/database.ts";
import { collections } from "#schema/collections.ts";

it.each([
  ['insert into "products" ("id") values (?)', "products"],
  ["INSERT OR IGNORE INTO products VALUES (1)", "products"],
  ['update "products" set "stock" = 1', "products"],
  ['\n delete from "orders"', "orders"],
  ["WITH x AS (SELECT 1) UPDATE products SET stock = 1", "*"],
  ["replace into products values (1)", "*"],
  ["PRAGMA optimize", "*"],
])("%s writes to %s", (query, table) => {
  expect(writtenBy(query)).toBe(table);
});

it("the written tables are recorded even if the write fails", async () => {
  const database = openDatabase(env.DB);
  await database.orm.select().from(collections);
  expect([...database.written]).toEqual([]);
  const impossible = database.orm.update(collections).set({ generation: sql`NULL` });
  await expect(commit(database, { guards: [], statements: [impossible] })).rejects.toThrow();
  expect([...database.written]).toEqual(["collections"]);
});
