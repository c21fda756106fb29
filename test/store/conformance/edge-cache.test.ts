/** What the edge cache serves, how old it may be, and for which callers (RFC 9111, RFC 5861, RFC 9211). */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AS_CUSTOMER, AS_STAFF, type Isolate, startIsolate } from "../../support/isolate.ts";
import { header, MERGE_PATCH } from "../../support/requests.ts";
import { INPUT } from "../support/products.ts";

const SECOND = 1000;

interface Shown {
  readonly path: string;
  readonly etag: string;
}

async function make(isolate: Isolate, change: Partial<typeof INPUT> = {}): Promise<Shown> {
  const response = await isolate.fetch("/v1/products", {
    method: "POST",
    headers: { ...AS_STAFF, "Content-Type": "application/json" },
    body: JSON.stringify({ ...INPUT, brand, ...change }),
  });
  expect(response.status).toBe(201);
  const { id } = await response.json<{ id: string }>();
  return { path: `/v1/products/${id}`, etag: header(response, "ETag") };
}

async function change(isolate: Isolate, { path }: Shown, stock: number): Promise<string> {
  const response = await isolate.fetch(path, {
    method: "PATCH",
    headers: { ...AS_STAFF, "Content-Type": MERGE_PATCH, "If-Match": "*" },
    body: JSON.stringify({ stock }),
  });
  expect(response.status).toBe(200);
  return header(response, "ETag");
}

/** The response and what it cost. */
async function read(isolate: Isolate, path: string, headers: Record<string, string> = {}, method = "GET") {
  const response = await isolate.fetch(path, { method, headers });
  const log = isolate.lastLog();
  return {
    response,
    status: response.status,
    cacheStatus: response.headers.get("Cache-Status"),
    age: response.headers.get("Age"),
    etag: response.headers.get("ETag"),
    body: await response.text(),
    roundTrips: log["db.round_trips"],
    source: log["answer.source"],
  };
}

/** Each test has its own brand. */
let brand = "";
let LIST = "";
let made = 0;

beforeEach(() => {
  made += 1;
  brand = `brand-${made}`;
  LIST = `/v1/products?filter[brand]=${brand}&limit=5&sort=name`;
});

describe("a list for callers without credentials", () => {
  it("C15 is computed once and then served without the database while it is fresh", async () => {
    const isolate = startIsolate();
    await make(isolate);
    const first = await read(isolate, LIST);
    expect(first).toMatchObject({ status: 200, age: null, roundTrips: 1, source: "handler" });
    expect(first.cacheStatus).toBe("Sluice;fwd=uri-miss;fwd-status=200;stored");
    isolate.advance(SECOND);
    const second = await read(isolate, LIST);
    expect(second).toMatchObject({ cacheStatus: "Sluice;hit;ttl=0", age: "1", roundTrips: 0, source: "isolate" });
    for (const name of ["ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "Content-Type"]) {
      expect(second.response.headers.get(name), name).toBe(first.response.headers.get(name));
    }
    expect(second.body).toBe(first.body);
    expect(first.response.headers.get("Cache-Control")).toBe("public, no-cache");
  });

  it("C17 is served stale, revalidated once in the background, and fresh afterwards", async () => {
    const isolate = startIsolate({ location: "stale" });
    const elsewhere = startIsolate();
    const product = await make(isolate);
    await read(isolate, LIST);
    isolate.advance(5 * SECOND);
    elsewhere.advance(5 * SECOND);
    await change(elsewhere, product, 5);
    isolate.statements.length = 0;
    const stale = await read(isolate, LIST);
    expect(stale).toMatchObject({ cacheStatus: "Sluice;hit;ttl=-4", age: "5", source: "isolate" });
    expect(stale.body).toContain('"stock":3');
    expect(isolate.statements).toHaveLength(1);
    const fresh = await read(isolate, LIST);
    expect(fresh.cacheStatus).toBe("Sluice;fwd=uri-miss;fwd-status=200;stored");
    expect(fresh.body).toContain('"stock":5');
  });

  it("C17 is never served beyond the window; an unchanged list is revalidated with one row", async () => {
    const isolate = startIsolate();
    await make(isolate);
    const first = await read(isolate, LIST);
    isolate.advance(5 * SECOND + 1);
    const validated = await read(isolate, LIST);
    expect(validated).toMatchObject({ cacheStatus: "Sluice;fwd=stale;fwd-status=304", age: null, roundTrips: 1 });
    expect(validated).toMatchObject({ body: first.body, source: "isolate" });
  });

  it("C01 C06 C08 evaluates each condition against the cached response", async () => {
    const isolate = startIsolate();
    // Later than the dates of all earlier tests: a condition with a future date is ignored.
    isolate.advance(60 * SECOND);
    await make(isolate);
    const { etag, response } = await read(isolate, LIST);
    const modified = header(response, "Last-Modified");
    const table: [Record<string, string>, number][] = [
      [{ "If-None-Match": etag ?? "" }, 304],
      [{ "If-None-Match": `W/${etag}, "x"` }, 304],
      [{ "If-None-Match": "*" }, 304],
      [{ "If-None-Match": '"x"' }, 200],
      [{ "If-Modified-Since": modified }, 304],
      [{ "If-Match": '"x"' }, 412],
      [{ "If-Match": etag ?? "", "If-None-Match": etag ?? "" }, 304],
      [{ Range: "bytes=0-3" }, 200],
    ];
    for (const [headers, status] of table) {
      for (const method of ["GET", "HEAD"]) {
        const answered = await read(isolate, LIST, headers, method);
        expect({ headers, status: answered.status, roundTrips: answered.roundTrips }).toEqual({
          headers,
          status,
          roundTrips: 0,
        });
        if (status === 304) expect(answered.response.headers.get("ETag")).toBe(etag);
      }
    }
  });

  it("C09 E09 is cached per format and set of fields, in any order of the fields", async () => {
    const isolate = startIsolate();
    await make(isolate);
    const hits = async (path: string, accept: string) =>
      (await read(isolate, path, { Accept: accept })).cacheStatus?.includes("hit") ?? false;
    expect(await hits(`${LIST}&fields=id,name`, "application/json")).toBe(false);
    expect(await hits(`/v1/products?fields=name,id&sort=name&limit=5&filter[brand]=${brand}`, "application/json")).toBe(
      true,
    );
    expect(await hits(`${LIST}&fields=id,name`, "application/hal+json")).toBe(false);
    expect(await hits(`${LIST}&fields=id`, "application/json")).toBe(false);
    expect(await hits(`${LIST}&fields=name,id`, "application/hal+json;q=0.9")).toBe(true);
  });

  it("C09 C15 has one cache entry for all orders of a filter's alternatives", async () => {
    const isolate = startIsolate();
    await make(isolate);
    const first = await read(isolate, `/v1/products?filter[brand]=${brand},other`);
    for (const alternatives of [`other,${brand}`, `other,${brand},other`]) {
      const same = await read(isolate, `/v1/products?filter[brand]=${alternatives}`);
      expect(same).toMatchObject({ cacheStatus: "Sluice;hit;ttl=1", etag: first.etag, body: first.body });
    }
  });

  it("collapses concurrent requests into one query", async () => {
    const isolate = startIsolate();
    await make(isolate);
    isolate.statements.length = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => isolate.fetch(LIST)));
    const statuses = answers.map((answer) => answer.headers.get("Cache-Status"));
    expect(statuses.filter((status) => status === "Sluice;fwd=uri-miss;fwd-status=200;stored")).toHaveLength(1);
    expect(statuses.filter((status) => status === "Sluice;fwd=uri-miss;fwd-status=200;collapsed")).toHaveLength(19);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(isolate.statements).toHaveLength(1);
  });

  it("does not share a failure: each collapsed request fails on its own", async () => {
    const isolate = startIsolate();
    isolate.failDatabase(true);
    const answers = await Promise.all(Array.from({ length: 4 }, () => isolate.fetch(LIST)));
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    isolate.failDatabase(false);
    expect((await isolate.fetch(LIST)).status).toBe(200);
  });
});

describe("after a write", () => {
  it("C14 the writer and every caller of the same isolate see the new state at once", async () => {
    const isolate = startIsolate();
    const product = await make(isolate);
    for (const stock of [10, 11, 12]) {
      await Promise.all([read(isolate, LIST), read(isolate, product.path), read(isolate, LIST, AS_CUSTOMER)]);
      const etag = await change(isolate, product, stock);
      for (const headers of [{}, AS_STAFF, AS_CUSTOMER]) {
        expect((await read(isolate, LIST, headers)).body).toContain(`"stock":${stock}`);
        expect((await read(isolate, product.path, headers)).etag).toBe(etag);
      }
    }
  });

  it("C14 a concurrent read never restores the old state", async () => {
    const isolate = startIsolate();
    const product = await make(isolate);
    for (let round = 1; round <= 5; round += 1) {
      const reads = Array.from({ length: 5 }, () => isolate.fetch(LIST));
      await change(isolate, product, 100 + round);
      await Promise.all(reads);
      expect((await read(isolate, LIST)).body).toContain(`"stock":${100 + round}`);
    }
  });

  it.each<[string, Record<string, string>]>([
    ["has credentials", AS_CUSTOMER],
    ["sends any bookmark", { "X-Bookmark": "abc" }],
    ["asks for revalidation with no-cache", { "Cache-Control": "no-cache" }],
    ["asks for revalidation with max-age=0", { "Cache-Control": "max-age=0" }],
    ["asks for revalidation as in HTTP/1.0", { Pragma: "no-cache" }],
    ["forbids storing", { "Cache-Control": "no-store" }],
    ["sends a cookie, even an unknown one", { Cookie: "sluice-session=x" }],
  ])(
    "C14 in another isolate, a caller that %s sees the new state at once, and others after five seconds",
    async (_, headers) => {
      const isolate = startIsolate();
      const elsewhere = startIsolate();
      const product = await make(elsewhere);
      await read(isolate, LIST);
      await read(isolate, product.path);
      await read(isolate, product.path);
      const etag = await change(elsewhere, product, 21);
      expect((await read(isolate, LIST, headers)).body).toContain('"stock":21');
      expect((await read(isolate, product.path, headers)).etag).toBe(etag);
      isolate.advance(5 * SECOND + 1);
      expect((await read(isolate, LIST)).body).toContain('"stock":21');
      expect((await read(isolate, product.path)).etag).toBe(etag);
    },
  );

  it("C14 in another isolate, an anonymous caller may see a slightly old state with its `Age`", async () => {
    const isolate = startIsolate();
    const elsewhere = startIsolate();
    const product = await make(elsewhere);
    const before = await read(isolate, LIST);
    await change(elsewhere, product, 31);
    isolate.advance(SECOND);
    const old = await read(isolate, LIST);
    expect(old).toMatchObject({ etag: before.etag, age: "1", cacheStatus: "Sluice;hit;ttl=0" });
  });
});

describe("callers with credentials", () => {
  it("C15 have a cached list revalidated with one row and share its body with other callers", async () => {
    const isolate = startIsolate();
    await make(isolate);
    await read(isolate, LIST);
    const own = await read(isolate, LIST, AS_CUSTOMER);
    expect(own).toMatchObject({ cacheStatus: "Sluice;fwd=request;fwd-status=304", age: null, roundTrips: 1 });
    expect(own.source).toBe("isolate");
    const unchanged = await read(isolate, LIST, { ...AS_CUSTOMER, "If-None-Match": own.etag ?? "" });
    expect(unchanged).toMatchObject({ status: 304, roundTrips: 1 });
  });

  it("share one query if they are concurrent, and each sees the current state", async () => {
    const isolate = startIsolate();
    const product = await make(isolate);
    await read(isolate, LIST, AS_CUSTOMER);
    await change(isolate, product, 41);
    isolate.statements.length = 0;
    const answers = await Promise.all(Array.from({ length: 10 }, () => isolate.fetch(LIST, { headers: AS_CUSTOMER })));
    for (const answer of answers) expect(await answer.text()).toContain('"stock":41');
    const pages = isolate.statements.filter((statement) => statement.includes('from "products"'));
    expect(pages).toHaveLength(1);
  });
});

it("C15 `Cache-Status` of a 304 does not claim a stored response if none was stored", async () => {
  const isolate = startIsolate();
  await make(isolate);
  const { etag } = await read(isolate, LIST);
  const known = { "If-None-Match": etag ?? "" };
  const other = startIsolate();
  await read(other, `${LIST}&fields=id`);
  expect(await read(other, LIST, known)).toMatchObject({
    status: 304,
    cacheStatus: "Sluice;fwd=uri-miss;fwd-status=304",
  });
  const third = await read(startIsolate(), LIST, { ...known, ...AS_CUSTOMER });
  expect(third).toMatchObject({ status: 304, cacheStatus: "Sluice;fwd=uri-miss;fwd-status=304" });
});

describe("one product for callers without credentials", () => {
  it("C15 costs one read, is stored at the second request, and is served without the database afterwards", async () => {
    const isolate = startIsolate();
    const { path, etag } = await make(isolate);
    expect(await read(isolate, path)).toMatchObject({ cacheStatus: "Sluice;fwd=uri-miss;fwd-status=200", etag });
    expect((await read(isolate, path)).cacheStatus).toBe("Sluice;fwd=uri-miss;fwd-status=200;stored");
    expect(await read(isolate, path)).toMatchObject({ cacheStatus: "Sluice;hit;ttl=1", roundTrips: 0, etag });
    expect(await read(isolate, path, { "If-None-Match": etag })).toMatchObject({ status: 304, roundTrips: 0 });
    expect((await read(isolate, path)).response.headers.get("Cache-Control")).toBe("public, no-cache, no-transform");
    expect((await read(isolate, path)).response.headers.get("Accept-Patch")).not.toBeNull();
  });

  it("C01 is stored at the second request even if the client only needs a 304", async () => {
    const isolate = startIsolate();
    const { path, etag } = await make(isolate);
    const poll = () => read(isolate, path, { "If-None-Match": etag });
    expect(await poll()).toMatchObject({ status: 304, body: "" });
    expect(await poll()).toMatchObject({ status: 304, cacheStatus: "Sluice;fwd=uri-miss;fwd-status=200;stored" });
    expect(await poll()).toMatchObject({ status: 304, cacheStatus: "Sluice;hit;ttl=1", roundTrips: 0 });
    expect(await read(isolate, path)).toMatchObject({ status: 200, roundTrips: 0, etag });
  });

  it("is removed when it is deleted", async () => {
    const isolate = startIsolate();
    const { path } = await make(isolate);
    for (let turn = 0; turn < 3; turn += 1) await read(isolate, path);
    const gone = await isolate.fetch(path, { method: "DELETE", headers: { ...AS_STAFF, "If-Match": "*" } });
    expect(gone.status).toBe(204);
    expect((await read(isolate, path)).status).toBe(404);
    expect((await read(isolate, path)).cacheStatus).toBe("Sluice;fwd=bypass");
  });
});

describe("the location's cache", () => {
  it("serves a new isolate with a response that was used more than once", async () => {
    const first = startIsolate({ location: "shared" });
    await make(first);
    const made = await read(first, LIST);
    first.advance(SECOND);
    expect((await read(first, LIST)).source).toBe("isolate");
    const second = startIsolate({ location: "shared" });
    second.advance(SECOND);
    const given = await read(second, LIST);
    expect(given).toMatchObject({ cacheStatus: "Sluice;hit;ttl=0", roundTrips: 0, source: "location" });
    expect(given).toMatchObject({ body: made.body, etag: made.etag });
    expect(second.lastLog()["platform.cache"]).toBe(2);
    expect(await read(second, LIST)).toMatchObject({ source: "isolate" });
    expect(second.lastLog()["platform.cache"]).toBe(0);
  });

  it("C14 is not trusted after a write if another isolate publishes an older generation late", async () => {
    const places = await caches.open("late");
    let late: (() => Promise<void>) | undefined;
    const openCache = async () => ({
      match: (request: RequestInfo | URL) => places.match(request),
      delete: (request: RequestInfo | URL) => places.delete(request),
      // The write to the cache completes when the test calls `late`.
      put: async (request: RequestInfo | URL, response: Response) => {
        if (String(request).includes("known-generation")) late ??= () => places.put(request, response);
      },
    });
    const writer = startIsolate({ location: "late" });
    const other = startIsolate({ dependencies: { openCache } });
    const product = await make(writer);
    await read(other, LIST);
    await change(writer, product, 52);
    await late?.();
    expect(late).toBeDefined();
    expect((await read(writer, LIST)).body).toContain('"stock":52');
    expect((await read(writer, product.path)).body).toContain('"stock":52');
  });

  it("C14 forgets the old generation with a write", async () => {
    const first = startIsolate({ location: "forgetful" });
    const product = await make(first);
    await read(first, LIST);
    await change(first, product, 51);
    const second = startIsolate({ location: "forgetful" });
    expect((await read(second, LIST)).body).toContain('"stock":51');
  });

  it.each<[string, () => Promise<Pick<Cache, "match" | "put" | "delete">>]>([
    ["cannot be opened", () => Promise.reject(new Error("no cache here"))],
    [
      "is always empty",
      async () => ({ match: async () => undefined, put: async () => undefined, delete: async () => false }),
    ],
    [
      "holds invalid content",
      async () => ({ match: async () => new Response("{"), put: async () => undefined, delete: async () => false }),
    ],
    [
      "fails",
      async () => ({
        match: () => Promise.reject(new Error("down")),
        put: () => Promise.reject(new Error("down")),
        delete: () => Promise.reject(new Error("down")),
      }),
    ],
  ])("is not needed if it %s", async (_, openCache) => {
    const isolate = startIsolate({ dependencies: { openCache } });
    const product = await make(isolate);
    expect((await read(isolate, LIST)).status).toBe(200);
    expect((await read(isolate, LIST)).cacheStatus).toBe("Sluice;hit;ttl=1");
    await change(isolate, product, 61);
    expect((await read(isolate, LIST)).body).toContain('"stock":61');
  });

  const silence = () => new Promise<never>(() => {});
  const endless = async () => new Response(new ReadableStream());
  const nothing = { match: async () => undefined, put: async () => undefined, delete: async () => false };

  it.each<[string, () => Promise<Pick<Cache, "match" | "put" | "delete">>]>([
    ["opens", silence],
    ["looks up", async () => ({ ...nothing, match: silence })],
    ["delivers the body", async () => ({ ...nothing, match: endless })],
    ["stores", async () => ({ ...nothing, put: silence })],
    ["deletes", async () => ({ ...nothing, delete: silence })],
  ])("does not delay a response if it never %s", async (_, openCache) => {
    const isolate = startIsolate({ dependencies: { openCache } });
    const product = await make(isolate);
    for (const path of [LIST, product.path]) expect((await read(isolate, path)).status).toBe(200);
    await change(isolate, product, 62);
    expect((await read(isolate, LIST)).body).toContain('"stock":62');
    // An entry from before the write that was not deleted is not trusted.
    isolate.advance(6 * SECOND);
    expect((await read(isolate, LIST)).body).toContain('"stock":62');
  });

  it("is not trusted if its clock is ahead", async () => {
    const ahead = startIsolate({ location: "ahead" });
    ahead.advance(3600 * SECOND);
    const product = await make(ahead);
    await read(ahead, LIST);
    const isolate = startIsolate({ location: "ahead" });
    await change(startIsolate(), product, 71);
    expect((await read(isolate, LIST)).body).toContain('"stock":71');
  });
});

describe("a clock", () => {
  it("C15 C17 that goes back a little never makes `Age` negative", async () => {
    const isolate = startIsolate();
    await make(isolate);
    await read(isolate, LIST);
    isolate.advance(-SECOND - 1);
    expect(await read(isolate, LIST)).toMatchObject({ status: 200, age: "0", cacheStatus: "Sluice;hit;ttl=1" });
  });

  it("C14 that was ahead and is set back leaves no entry that stays fresh", async () => {
    const isolate = startIsolate();
    const elsewhere = startIsolate();
    const product = await make(isolate);
    isolate.advance(3600 * SECOND);
    await read(isolate, LIST);
    await read(isolate, product.path);
    await read(isolate, product.path);
    isolate.advance(-3600 * SECOND);
    const etag = await change(elsewhere, product, 72);
    expect((await read(isolate, LIST)).body).toContain('"stock":72');
    expect((await read(isolate, product.path)).etag).toBe(etag);
    // From here on the cache works as usual.
    expect(await read(isolate, LIST)).toMatchObject({ cacheStatus: "Sluice;hit;ttl=1", roundTrips: 0 });
  });
});

describe("a database that was restored", () => {
  it("C15 is never shown in its earlier state, even when it reaches the same generation again", async () => {
    const isolate = startIsolate();
    // Later than all writes of tests with a clock ahead.
    isolate.advance(7200 * SECOND);
    const product = await make(isolate);
    const restore = await backupOf(product);
    await change(isolate, product, 111);
    const before = await read(isolate, LIST);
    await restore();
    isolate.advance(120 * SECOND);
    await change(isolate, product, 222);
    for (const headers of [{ "Cache-Control": "no-cache" }, AS_CUSTOMER, {}]) {
      const after = await read(isolate, LIST, { ...headers, "If-None-Match": before.etag ?? "" });
      expect(after.status).toBe(200);
      expect(after.body).toContain('"stock":222');
      expect(after.etag).not.toBe(before.etag);
    }
    for (let turn = 0; turn < 3; turn += 1) expect((await read(isolate, product.path)).body).toContain('"stock":222');
  });
});

/** Saves the product and its collection, and returns a function that restores them. */
async function backupOf({ path }: Shown): Promise<() => Promise<unknown>> {
  const id = path.split("/").at(-1);
  const of = (table: string, key: string) => env.DB.prepare(`SELECT * FROM ${table} WHERE ${key} = ?`);
  const product = await of("products", "id").bind(id).first<Record<string, number>>();
  const collection = await of("collections", "name").bind("products").first<Record<string, number>>();
  return () =>
    env.DB.batch([
      env.DB.prepare("UPDATE products SET stock = ?, version = ?, updated_at = ? WHERE id = ?").bind(
        product?.["stock"],
        product?.["version"],
        product?.["updated_at"],
        id,
      ),
      env.DB.prepare("UPDATE collections SET generation = ?, changed_at = ? WHERE name = 'products'").bind(
        collection?.["generation"],
        collection?.["changed_at"],
      ),
    ]);
}

describe("while the database fails", () => {
  it("C17 serves a cached response for its time, and then the failure", async () => {
    const isolate = startIsolate();
    const { path } = await make(isolate);
    await read(isolate, LIST);
    await read(isolate, path);
    await read(isolate, path);
    isolate.failDatabase(true);
    isolate.advance(300 * SECOND);
    for (const kept of [LIST, path]) {
      expect(await read(isolate, kept)).toMatchObject({ status: 200, age: "300", cacheStatus: "Sluice;hit;ttl=-299" });
      expect(isolate.lastLog()["error.type"]).toBe("internal-error");
    }
    expect((await read(isolate, `${LIST}&fields=id`)).status).toBe(500);
    expect((await read(isolate, LIST, AS_CUSTOMER)).status).toBe(500);
    expect((await read(isolate, LIST, { "Cache-Control": "no-cache" })).status).toBe(500);
    isolate.advance(1);
    for (const lost of [LIST, path]) expect((await read(isolate, lost)).status).toBe(500);
    isolate.failDatabase(false);
    expect(await read(isolate, LIST)).toMatchObject({ status: 200, cacheStatus: "Sluice;fwd=stale;fwd-status=304" });
  });
});

describe("while the database does not respond", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("C17 G08 serves a cached response after five seconds, or else a temporary failure", async () => {
    const isolate = startIsolate();
    await make(isolate);
    await read(isolate, LIST);
    isolate.failDatabase("silently");
    isolate.advance(100 * SECOND);
    const kept = await afterFiveSeconds(read(isolate, LIST));
    expect(kept).toMatchObject({ status: 200, age: "100", cacheStatus: "Sluice;hit;ttl=-99" });
    const lost = await afterFiveSeconds(read(isolate, LIST, AS_CUSTOMER));
    expect(lost.status).toBe(503);
    expect(header(lost.response, "Retry-After")).toBe("5");
  });

  /** The request queries the database once. When that happens depends on the platform. */
  async function afterFiveSeconds<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    for (let step = 0; step < 500 && !isDone; step += 1) {
      if (vi.getTimerCount() > 0) await vi.advanceTimersByTimeAsync(5 * SECOND);
      await scheduler.wait(1);
    }
    return done;
  }
});

describe("what is never cached", () => {
  it.each(["/v1/products?sort=nope", "/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz", "/v1/products?fields=nope"])(
    "an error: %s",
    async (path) => {
      const isolate = startIsolate();
      const first = await read(isolate, path);
      const second = await read(isolate, path);
      expect(second.status).toBe(first.status);
      expect(second.cacheStatus).toBe("Sluice;fwd=bypass");
      expect(second.response.headers.get("Cache-Control")).toBe("no-store");
    },
  );

  it("a page of a snapshot", async () => {
    const isolate = startIsolate();
    await make(isolate);
    const { response, cacheStatus } = await read(isolate, "/v1/products?page=1&limit=2", AS_STAFF);
    expect(response.headers.get("Cache-Control")).toBe("private, no-cache");
    expect(cacheStatus).not.toContain("stored");
  });

  it("B14 values of a single exchange: correlation, origin, trace", async () => {
    const bindings = { SLUICE_CORS_ORIGINS: "https://a.example https://b.example" } as unknown as Partial<Env>; // whose types are the defaults of the settings
    const isolate = startIsolate({ bindings });
    await make(isolate);
    const asked = (origin: string) =>
      read(isolate, LIST, { Origin: origin, "X-Correlation-Id": `from-${origin.slice(8, 9)}` });
    await asked("https://a.example");
    const { response, cacheStatus } = await asked("https://b.example");
    expect(cacheStatus).toBe("Sluice;hit;ttl=1");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("https://b.example");
    expect(response.headers.get("X-Correlation-Id")).toBe("from-b");
    expect(response.headers.get("Vary")).toBe("Accept, Origin");
  });
});

it("D02 a page is never older than the page that links to it", async () => {
  const isolate = startIsolate();
  const elsewhere = startIsolate();
  for (const name of ["A", "B", "C"]) await make(elsewhere, { name: `Walk ${name}` });
  const walk = `/v1/products?filter[brand]=${brand}&sort=name&limit=1`;
  await read(isolate, `${walk}&fields=id`);
  await make(elsewhere, { name: "Walk A2" });
  const first = await elsewhere.fetch(walk);
  const { page } = await first.json<{ page: { next: string } }>();
  // The isolate read the list shortly before the walk began.
  const second = await read(isolate, `${walk}&cursor=${page.next}`);
  expect(second.body).toContain("Walk A2");
  expect(second.cacheStatus).not.toContain("hit");
});
