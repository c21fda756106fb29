/** Values that the table of products refuses from any writer. */
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { commit } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { products } from "#schema/products.ts";
import { insertRows, rowOf } from "./catalogue.ts";

const database = openDatabase(env.DB);
const read = async () => (await env.DB.prepare("SELECT * FROM products").all()).results;

beforeAll(() => insertRows([rowOf(1)]));

it.each([
  ["a negative price", { priceAmount: sql`-1` }],
  ["a price beyond the bound", { priceAmount: sql`100000001` }],
  ["a price that is not an integer", { priceAmount: sql`1.5` }],
  ["a price that is text", { priceAmount: sql`'cheap'` }],
  ["a currency of four letters", { priceCurrency: "EURO" }],
  ["a negative stock", { stock: -1 }],
  ["a version below 1", { version: 0 }],
  ["an id of another resource", { id: "user_x" }],
  ["no name", { name: sql`NULL` }],
])("%s", async (_name, change) => {
  const before = await read();
  const write = commit(database, { guards: [], statements: [database.orm.update(products).set(change)] });
  await expect(write).rejects.toThrow();
  expect(await read()).toEqual(before);
});
