/** The edge cache: what callers without credentials get, how old it can be, and that writers see their own writes. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import { BLOG, makePost } from "../support/blog/service.ts";
import { createBlog, emptyBlog } from "../support/blog/tables.ts";
import { AS_CUSTOMER, AS_STAFF, type Isolate, startIsolate } from "../support/isolate.ts";
import { MERGE_PATCH, patch } from "../support/requests.ts";

const SECOND = 1000;
const LIST = "/v1/posts?sort=title";

beforeAll(createBlog);
beforeEach(emptyBlog);

async function read(isolate: Isolate, path: string, headers: Record<string, string> = {}) {
  const response = await isolate.fetch(path, { headers });
  const log = isolate.lastLog();
  return {
    status: response.status,
    cacheStatus: response.headers.get("Cache-Status"),
    cacheControl: response.headers.get("Cache-Control"),
    age: response.headers.get("Age"),
    body: await response.text(),
    roundTrips: log["db.round_trips"],
    source: log["answer.source"],
  };
}

async function rename(isolate: Isolate, path: string, title: string): Promise<void> {
  const response = await patch(isolate, path, MERGE_PATCH, { title }, { ...AS_STAFF, "If-Match": "*" });
  expect(response.status).toBe(200);
}

it("C15 C18 a list is created once, and served without the database while it is fresh", async () => {
  const isolate = startIsolate(BLOG);
  await makePost(isolate, {}, AS_STAFF);
  const first = await read(isolate, LIST);
  expect(first).toMatchObject({ status: 200, roundTrips: 1, source: "handler", cacheControl: "public, no-cache" });
  expect(first.cacheStatus).toBe("Sluice;fwd=uri-miss;fwd-status=200;stored");
  isolate.advance(SECOND);
  const second = await read(isolate, LIST);
  expect(second).toMatchObject({ cacheStatus: "Sluice;hit;ttl=0", age: "1", roundTrips: 0, body: first.body });
});

it("C15 another isolate of the location serves the response that the first one stored", async () => {
  const location = crypto.randomUUID();
  const [first, second] = [startIsolate({ ...BLOG, location }), startIsolate({ ...BLOG, location })];
  await makePost(first, {}, AS_STAFF);
  // A second request shares the response with the location.
  const { body } = await read(first, LIST);
  for (const isolate of [first, second]) isolate.advance(SECOND);
  await read(first, LIST);
  const given = await read(second, LIST);
  expect(given).toMatchObject({ status: 200, body, roundTrips: 0 });
  expect(given.cacheStatus).toMatch(/^Sluice;hit/);
});

it("C17 a stale list is served at once and refreshed in the background", async () => {
  const [here, elsewhere] = [startIsolate(BLOG), startIsolate(BLOG)];
  const { path } = await makePost(here, {}, AS_STAFF);
  await read(here, LIST);
  for (const isolate of [here, elsewhere]) isolate.advance(5 * SECOND);
  await rename(elsewhere, path, "Winter");
  const stale = await read(here, LIST);
  expect(stale).toMatchObject({ age: "5", source: "isolate" });
  expect(stale.body).toContain("Autumn");
  expect((await read(here, LIST)).body).toContain("Winter");
});

it("C17 a list older than its stale window is never served while the database works", async () => {
  const [here, elsewhere] = [startIsolate(BLOG), startIsolate(BLOG)];
  const { path } = await makePost(here, {}, AS_STAFF);
  await read(here, LIST);
  for (const isolate of [here, elsewhere]) isolate.advance(5 * SECOND + 1);
  await rename(elsewhere, path, "Winter");
  expect((await read(here, LIST)).body).toContain("Winter");
});

it("C14 the writer's isolate serves the write at once, with and without credentials", async () => {
  const isolate = startIsolate(BLOG);
  const { path } = await makePost(isolate, {}, AS_STAFF);
  for (const shown of [LIST, path]) await read(isolate, shown);
  await rename(isolate, path, "Winter");
  for (const headers of [{}, AS_STAFF, AS_CUSTOMER] as Record<string, string>[]) {
    for (const shown of [LIST, path]) expect((await read(isolate, shown, headers)).body).toContain("Winter");
  }
});

it("C13 C14 a request with credentials or with no-cache is served from the database", async () => {
  const [here, elsewhere] = [startIsolate(BLOG), startIsolate(BLOG)];
  const { path } = await makePost(here, {}, AS_STAFF);
  await read(here, LIST);
  await rename(elsewhere, path, "Winter");
  expect((await read(here, LIST)).body).toContain("Autumn");
  for (const headers of [AS_CUSTOMER, { "Cache-Control": "no-cache" }] as Record<string, string>[]) {
    const own = await read(here, LIST, headers);
    expect(own.body).toContain("Winter");
    expect(own.roundTrips).toBeGreaterThan(0);
  }
});

it("C17 a stored list is served for five minutes while the database fails, and then the failure", async () => {
  const isolate = startIsolate(BLOG);
  await makePost(isolate, {}, AS_STAFF);
  const { body } = await read(isolate, LIST);
  isolate.failDatabase(true);
  isolate.advance(299 * SECOND);
  expect(await read(isolate, LIST)).toMatchObject({ status: 200, body });
  isolate.advance(2 * SECOND);
  expect((await read(isolate, LIST)).status).toBe(500);
});
