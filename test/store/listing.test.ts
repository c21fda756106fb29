/** A list built for a second resource from only its filter, its order, its rows and its representation. */
import { env } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { and, count, getTableColumns, isNull, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { beforeAll, expect, it } from "vitest";
import { abilityOf } from "#core/contract/ability.ts";
import type { ListAnswer } from "#core/contract/answer.ts";
import { defineResource } from "#core/contract/resource.ts";
import { generationColumns, readGeneration } from "#core/data/collection.ts";
import { type Database, openDatabase } from "#core/data/database.ts";
import { behind, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import { readSort, type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { type ListCall, listAnswer, listValidator } from "#features/resources/listing.ts";
import { ORIGIN, START, staff } from "../support/service.ts";

const users = sqliteTable("users", {
  seq: integer().primaryKey(),
  id: text().notNull(),
  email: text().notNull(),
  name: text().notNull(),
  role: text().notNull(),
  version: integer().notNull(),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
});

type UserRow = typeof users.$inferSelect;
type UserList = { readonly role: string | undefined; readonly keys: readonly SortKey<"name">[] };
type Query = {
  readonly limit?: number;
  readonly cursor?: string;
  readonly page?: number;
  readonly snapshot?: string;
  readonly sort?: string;
  readonly role?: string;
  readonly facets?: string;
};

const schema = z.strictObject({ id: z.string(), name: z.string() });
const LIST = {
  resource: defineResource({
    name: "User",
    collection: "users",
    schema,
    example: { id: "user_1", name: "Ada" },
    path: (id) => `/v1/users/${id}`,
  }),
  facets: ["role"] as const,
  readList: ({ query }: ListCall<Query>): UserList => ({
    role: query.role,
    keys: readSort(query.sort ?? "name", ["name"]),
  }),
  orderOf: ({ keys }: UserList): SortTerm<UserRow>[] =>
    totalOrder(
      keys,
      { name: { column: users.name, valueOf: (row: UserRow) => row.name } },
      { column: users.id, valueOf: (row) => row.id },
    ),
  pageQuery: (database: Database, list: UserList, { order, after, limit }: Window) =>
    database.orm
      .select({ ...getTableColumns(users), ...generationColumns("users") })
      .from(users)
      .where(and(where(list), after === undefined ? undefined : behind(order, after)))
      .orderBy(...orderBy(order))
      .limit(limit),
  countQuery: (database: Database, _: UserList, facets: readonly "role"[]) =>
    facets.length === 0
      ? undefined
      : database.orm
          .select({ facet: sql<string>`'role'`, value: users.role, count: count() })
          .from(users)
          .groupBy(users.role),
  freezable: (list: UserList) => ({ table: users, where: where(list), order: LIST.orderOf(list) }),
  memberOf: ({ id, name }: UserRow) => ({ id, name }),
};

function where({ role }: UserList) {
  return and(isNull(users.deletedAt), role === undefined ? undefined : sql`${users.role} = ${role}`);
}

function call(query: Query, now = START): ListCall<Query> {
  return {
    params: {},
    query,
    body: undefined,
    current: undefined,
    principal: staff,
    ability: abilityOf(staff, [(_, allow) => allow("snapshot", "users")]),
    database: openDatabase(env.DB),
    settings: { secret: "a secret of at least 32 characters" },
    origin: ORIGIN,
    url: new URL("/v1/users", ORIGIN),
    now,
    newId: (prefix: string) => `${prefix}_1`,
  } as unknown as ListCall<Query>; // only the settings that a list reads
}

const namesOf = (answer: ListAnswer) => answer.items.map((item) => item["name"]);

beforeAll(async () => {
  const insert = env.DB.prepare(
    "INSERT INTO users (id, email, name, role, created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?, 0, 0, ?)",
  );
  const rows = ["Ada", "Bob", "Cyd", "Dee", "Eve"].map((name, index) =>
    insert.bind(`user_${index}`, name, name, index % 2 === 0 ? "customer" : "staff", name === "Cyd" ? 1 : null),
  );
  await env.DB.batch(rows);
});

it("is paged by cursor within its order and filter", async () => {
  const first = await listAnswer(call({ limit: 2, sort: "-name" }), LIST);
  expect(namesOf(first)).toEqual(["Eve", "Dee"]);
  const second = await listAnswer(call({ limit: 2, sort: "-name", cursor: first.page.next ?? "" }), LIST);
  expect(namesOf(second)).toEqual(["Bob", "Ada"]);
  expect(second.page.next).toBeNull();
  expect(namesOf(await listAnswer(call({ role: "customer" }), LIST))).toEqual(["Ada", "Eve"]);
  const other = listAnswer(call({ limit: 2, cursor: first.page.next ?? "" }), LIST);
  await expect(other).rejects.toMatchObject({ type: "invalid-cursor" });
});

function validate(asked: ReturnType<typeof call>) {
  return listValidator(asked, LIST, (collection, atLeast) => readGeneration(asked.database, collection, atLeast));
}

it("is counted in the round trip of its page, and validated by its own generation", async () => {
  const asked = call({ facets: "role" });
  const { facets, validator } = await listAnswer(asked, LIST);
  expect(asked.database.usage.roundTrips).toBe(1);
  expect(facets).toEqual({
    role: [
      { value: "customer", count: 3 },
      { value: "staff", count: 2 },
    ],
  });
  expect(await validate(call({ facets: "role" }))).toEqual(validator);
  await env.DB.prepare("UPDATE collections SET generation = generation + 1 WHERE name = 'users'").run();
  expect((await validate(call({})))?.token).not.toBe(validator.token);
  const empty = call({ role: "nobody" });
  expect((await listAnswer(empty, LIST)).items).toEqual([]);
  expect(empty.database.usage.roundTrips).toBe(2);
});

it("shows a deleted row in its place in a snapshot", async () => {
  const first = await listAnswer(call({ page: 1, limit: 2 }), LIST);
  expect(namesOf(first)).toEqual(["Ada", "Bob"]);
  expect(first.cache).toEqual({ scope: "private", freshForSeconds: 0 });
  await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE name IN ('Ada', 'Dee')").run();
  const snapshot = first.page.snapshot ?? "";
  const second = await listAnswer(call({ page: 2, limit: 2, snapshot }), LIST);
  expect(namesOf(second)).toEqual(["Dee", "Eve"]);
  expect(await validate(call({ page: 2, limit: 2, snapshot }))).toBeNull();
});
