/** Load shedding over HTTP: the order in which requests are refused, their responses, and overload of the database. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endpoint, type Method } from "#core/contract/endpoint.ts";
import { OVERRIDES_KEY } from "#features/limits/policy/overrides.ts";
import { BLOG, POST, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { numberIn, principalNamed, startLimited } from "../support/limited.ts";
import { problemOf } from "../support/requests.ts";
import { staff } from "../support/service.ts";

const READ = "/.well-known/api-catalog";
const LIST = "/v1/posts";

beforeAll(createBlog);

/** A tenth of the limits in code: the minimum that an override may set. */
const LOWERED = { "load-lists": { limit: 100 }, "load-reads": { limit: 150 }, "load-writes": { limit: 200 } };

/** An operation that responds when the test calls `waiting`. */
function slowly(method: Method, waiting: (() => void)[]) {
  return endpoint({
    contract: {
      operationId: `${method.toLowerCase()}Slowly`,
      method,
      path: "/v1/slow",
      tag: "Slow",
      summary: "Slow",
      description: "Slow.",
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", limit: { cost: 1 }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: () => new Promise((resolve) => waiting.push(() => resolve({ kind: "empty", status: 204 }))),
  });
}

/** A service that the test can keep busy. Each request is of another member of staff, so no account's limit is reached. */
function startBusy() {
  const waiting: (() => void)[] = [];
  const begun: Promise<Response>[] = [];
  let callers = 0;
  const service = startLimited({
    ...BLOG,
    extraEndpoints: [...BLOG.extraEndpoints, slowly("GET", waiting), slowly("POST", waiting)],
    dependencies: {
      authenticate: async () => {
        callers += 1;
        return principalNamed(`number-${callers}`, { roles: ["staff"], scopes: ["posts:write"] });
      },
    },
  });
  return {
    ...service,
    callers: () => callers,
    /** Starts slow requests until `count` are open. */
    async keepBusy(count: number, method: Method = "GET"): Promise<void> {
      while (begun.length < count) begun.push(service.fetch("/v1/slow", { method }));
      while (waiting.length < count) await new Promise((resolve) => setTimeout(resolve)); // lets the platform's event loop run
    },
    async finish(): Promise<void> {
      for (const end of waiting) end();
      await Promise.all(begun);
    },
    write: (name: string, key?: string) =>
      service.fetch(LIST, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(key === undefined ? {} : { "Idempotency-Key": key }) },
        body: JSON.stringify({ ...POST, title: name }),
      }),
  };
}

async function expectShed(response: Response, policy: string): Promise<void> {
  expect(response.status).toBe(503);
  expect(numberIn(response, "Retry-After")).toBeGreaterThanOrEqual(1);
  expect(numberIn(response, "Retry-After")).toBeLessThanOrEqual(5);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("RateLimit")).toBeNull();
  const problem = await problemOf(response);
  expect(problem).toMatchObject({
    code: "TEMPORARY_REDUCED_CAPACITY",
    retryable: true,
    "violated-policies": [policy],
  });
}

describe("an overloaded isolate", () => {
  beforeEach(() => env.LIMITS.put(OVERRIDES_KEY, JSON.stringify(LOWERED)));
  afterEach(() => env.LIMITS.delete(OVERRIDES_KEY));

  it("B16 refuses lists first, then reads, then writes, and never health checks", async () => {
    const service = startBusy();
    await service.keepBusy(99);
    expect((await service.fetch(LIST)).status).toBe(200);
    await service.keepBusy(100);
    await expectShed(await service.fetch(LIST), "load-lists");
    expect(service.lastLog()).toMatchObject({
      "limit.refused": "load-lists",
      "error.type": "temporary-reduced-capacity",
    });
    expect((await service.fetch(READ)).status).toBe(200);
    await service.keepBusy(150);
    await expectShed(await service.fetch(READ), "load-reads");
    expect((await service.write("Last lamp")).status).toBe(201);
    await service.keepBusy(200, "POST");
    await expectShed(await service.write("Refused lamp"), "load-writes");
    for (const path of ["/livez", "/readyz", "/health"]) expect((await service.fetch(path)).status).toBe(200);
    expect((await service.fetch(LIST, { method: "OPTIONS" })).status).toBe(204);
    await service.finish();
    expect((await service.fetch(LIST)).status).toBe(200);
  });

  it("B16 refuses before authentication and charges no limit", async () => {
    const service = startBusy();
    await service.keepBusy(100);
    const before = { callers: service.callers(), calls: service.limiter.calls.length };
    const waits = [];
    for (let n = 0; n < 10; n += 1) waits.push(numberIn(await service.fetch(LIST), "Retry-After"));
    expect({ callers: service.callers(), calls: service.limiter.calls.length }).toEqual(before);
    // The waits differ, so clients do not return at the same time.
    expect(new Set(waits).size).toBe(5);
    await service.finish();
  });

  it("B16 stores nothing under an idempotency key", async () => {
    const service = startBusy();
    await service.keepBusy(150);
    await service.keepBusy(200, "POST");
    await expectShed(await service.write("First lamp", "key-of-a-busy-day"), "load-writes");
    await service.finish();
    const second = await service.write("Other lamp", "key-of-a-busy-day");
    expect(second.status).toBe(201);
    expect(second.headers.get("Idempotent-Replayed")).toBeNull();
  });

  it("B16 refuses no request with `shadow`", async () => {
    await env.LIMITS.put(OVERRIDES_KEY, JSON.stringify({ "load-lists": { limit: 100, shadow: true } }));
    const service = startBusy();
    await service.keepBusy(100);
    expect((await service.fetch(LIST)).status).toBe(200);
    expect(service.lastLog()).toMatchObject({ "limit.shadow": "load-lists" });
    await service.finish();
  });
});

describe("an overloaded database", () => {
  it.each([
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  ])("B16 gives 503 temporary-reduced-capacity: %s", async (message) => {
    const service = startBlog({ bindings: { DB: brokenDatabase(message) } });
    const response = await service.fetch("/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz");
    expect(response.status).toBe(503);
    expect(numberIn(response, "Retry-After")).toBe(5);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: "TEMPORARY_REDUCED_CAPACITY", retryable: true });
    expect(JSON.stringify(problem)).not.toContain("D1");
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({
      "error.type": "temporary-reduced-capacity",
      "exception.message": message,
    });
  });

  it("B16 stores nothing under an idempotency key, so the retry writes", async () => {
    let isBroken = true;
    const broken = brokenDatabase("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");
    const database: Pick<D1Database, "prepare" | "batch" | "exec"> = {
      prepare: (query) => env.DB.prepare(query),
      batch: (statements) => (isBroken ? broken.batch(statements) : env.DB.batch(statements)),
      exec: (query) => env.DB.exec(query),
    };
    const service = startBlog({ as: staff, bindings: { DB: database as D1Database } }); // only these members are called
    const write = () =>
      service.fetch(LIST, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": "key-of-a-busy-database" },
        body: JSON.stringify({ ...POST, title: "A post in a queue" }),
      });
    expect((await write()).status).toBe(503);
    isBroken = false;
    service.advance(300_000);
    const second = await write();
    expect(second.status).toBe(201);
    expect(second.headers.get("Idempotent-Replayed")).toBeNull();
  });
});
