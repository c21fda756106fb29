/** Conditional reads (RFC 9110 sections 8.8 and 13) of single products and of their list. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Dependencies } from "#core/contract/dependencies.ts";
import { productEndpoints } from "#store/products/endpoints.ts";
import { createApp } from "../../../src/app.ts";
import { readSettings } from "../../../src/config.ts";
import { abilities, scopes } from "../../../src/modules.ts";
import { admitAll } from "../../support/limiters.ts";
import { header, MERGE_PATCH, patch } from "../../support/requests.ts";
import { customer, ORIGIN, staff, startService } from "../../support/service.ts";
import { authenticateWithoutIssuers } from "../../support/without-issuers.ts";
import { INPUT, type Made, MISSING, makeProduct, post, storedState } from "../support/products.ts";

const FORMATS = ["application/json", "application/hal+json", "application/vnd.api+json"] as const;
const LIST = "/v1/products?limit=2&sort=name";
/** Headers of the 200 that a 304 repeats (RFC 9110 section 15.4.5), and Accept-Patch. */
const SHARED = ["ETag", "Last-Modified", "Cache-Control", "Vary", "Accept-Patch"];

const service = startService({ as: staff });
/** A caller that may not read the logs. For callers that may, a response has its own headers. */
const reader = startService({ as: customer });
let made: Made;

beforeEach(async () => {
  service.advance(60_000);
  made = await makeProduct(service);
  service.advance(60_000);
  reader.advance(120_000);
});

function dateOf(offsetSeconds: number): string {
  return new Date(Date.parse(made.lastModified) + offsetSeconds * 1000).toUTCString();
}

describe.each([
  ["a product", () => made.path],
  ["the list", () => LIST],
])("a conditional read of %s", (kind, path) => {
  it.each(FORMATS)("C01 C08 C12 returns 304 with the headers of the 200 for a current tag, as %s", async (format) => {
    const accept = { Accept: format };
    const full = await reader.fetch(path(), { headers: accept });
    expect(full.status).toBe(200);
    expect(header(full, "ETag")).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(header(full, "Last-Modified")).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
    expect(header(full, "Cache-Control")).toBe(
      kind === "the list" ? "public, no-cache" : "public, no-cache, no-transform",
    );
    expect(header(full, "Vary")).toMatch(/\bAccept\b/);
    expect(full.headers.get("Accept-Ranges")).toBeNull();
    for (const method of ["GET", "HEAD"]) {
      const headers = { ...accept, "If-None-Match": header(full, "ETag") };
      const unchanged = await reader.fetch(path(), { method, headers });
      expect(unchanged.status).toBe(304);
      expect(await unchanged.text()).toBe("");
      expect(unchanged.headers.get("Content-Type")).toBeNull();
      for (const name of SHARED) expect(unchanged.headers.get(name), name).toBe(full.headers.get(name));
    }
  });

  it("C08 returns for HEAD the headers of GET and no body", async () => {
    const get = await reader.fetch(path());
    const head = await reader.fetch(path(), { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    const own = ["x-correlation-id", "traceparent", "cache-status"];
    const shown = (response: Response) => [...response.headers].filter(([name]) => !own.includes(name));
    expect(shown(head)).toEqual(shown(get));
  });

  it("C02 C03 C06 has the right outcome for each condition", async () => {
    const etag = header(await service.fetch(path()), "ETag");
    const table: [Record<string, string>, number][] = [
      [{}, 200],
      [{ "If-None-Match": `W/${etag}` }, 304],
      [{ "If-None-Match": `"a" ,  ${etag}` }, 304],
      [{ "If-None-Match": `"a",,${etag},` }, 304],
      [{ "If-None-Match": "*" }, 304],
      [{ "If-None-Match": '"a"' }, 200],
      [{ "If-None-Match": etag.slice(1, -1) }, 200],
      [{ "If-None-Match": `"a" ${etag}` }, 200],
      [{ "If-Match": etag }, 200],
      [{ "If-Match": "*" }, 200],
      [{ "If-Match": `"a", ${etag}` }, 200],
      [{ "If-Match": '"a"' }, 412],
      [{ "If-Match": `W/${etag}` }, 412],
      [{ "If-Match": "" }, 412],
      [{ "If-Match": '"a"', "If-None-Match": etag }, 412],
      [{ "If-Match": etag, "If-None-Match": etag }, 304],
      [{ "If-Match": etag, "If-Unmodified-Since": dateOf(-1) }, 200],
      [{ "If-Unmodified-Since": dateOf(0) }, 200],
      [{ "If-Unmodified-Since": dateOf(-1) }, 412],
      [{ "If-Unmodified-Since": dateOf(-1), "If-None-Match": etag }, 412],
      [{ "If-Unmodified-Since": "yesterday" }, 200],
      [{ "If-Modified-Since": dateOf(0) }, 304],
      [{ "If-Modified-Since": dateOf(5) }, 304],
      [{ "If-Modified-Since": dateOf(-1) }, 200],
      [{ "If-Modified-Since": "yesterday" }, 200],
      [{ "If-None-Match": '"a"', "If-Modified-Since": dateOf(5) }, 200],
      [{ "If-None-Match": "a", "If-Modified-Since": dateOf(5) }, 200],
      [{ "If-None-Match": etag, "If-Modified-Since": dateOf(-1) }, 304],
    ];
    for (const [headers, status] of table) {
      const response = await service.fetch(path(), { headers });
      expect({ headers, status: response.status }).toEqual({ headers, status });
    }
  });

  it("C07 accepts a date in each of the three formats", async () => {
    const date = new Date(dateOf(0));
    const [, day = "", month = "", year = "", time = ""] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(dateOf(0)) ?? [];
    const weekday = date.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
    const formats = [
      dateOf(0),
      `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
      `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`,
    ];
    for (const format of formats) {
      const response = await service.fetch(path(), { headers: { "If-Modified-Since": format } });
      expect({ format, status: response.status }).toEqual({ format, status: 304 });
    }
  });

  it("C09 has the same tag for every caller", async () => {
    const tags = new Set<string>();
    for (const options of [{ as: staff }, { as: customer }, { as: { ...staff, scopes: [] } }, {}]) {
      const response = await startService(options).fetch(path());
      tags.add(header(response, "ETag"));
    }
    expect(tags.size).toBe(1);
  });

  it("C09 E09 has a tag that depends on format and fields, but not on the order of fields", async () => {
    const query = path().includes("?") ? "&" : "?";
    const fetchTag = async (suffix: string, accept: string) =>
      header(await service.fetch(`${path()}${suffix}`, { headers: { Accept: accept } }), "ETag");
    const different = await Promise.all(
      ["", `${query}fields=id,name`, `${query}fields=name,price`].flatMap((suffix) =>
        FORMATS.map((format) => fetchTag(suffix, format)),
      ),
    );
    expect(new Set(different).size).toBe(9);
    const same = await Promise.all(
      ["id,name", "name,id", "name,id,name", "id%2Cname"].map((names) => fetchTag(`${query}fields=${names}`, "*/*")),
    );
    expect(new Set(same).size).toBe(1);
  });

  it("C11 ignores a range", async () => {
    const etag = header(await service.fetch(path()), "ETag");
    for (const headers of [
      { Range: "bytes=0-1" },
      { Range: "bytes=0-1", "If-Range": etag },
      { Range: "bytes=9999999-" },
    ]) {
      const response = await service.fetch(path(), { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Range")).toBeNull();
      expect(await response.text()).toMatch(/\}$/);
    }
  });

  it("C14 shows the writer the new tag at once", async () => {
    const before = header(await service.fetch(path()), "ETag");
    await patch(service, made.path, MERGE_PATCH, { stock: 77 }, { "If-Match": made.etag });
    const after = await service.fetch(path(), { headers: { "If-None-Match": before, "If-Modified-Since": dateOf(0) } });
    expect(after.status).toBe(200);
    expect(header(after, "ETag")).not.toBe(before);
    expect(Date.parse(header(after, "Last-Modified"))).toBe(Math.floor(service.now() / 1000) * 1000);
  });
});

describe("C09 a path in another spelling", () => {
  const spelled = (path: string) => path.replace("/products", "/%70roducts").replace("prod_", "%70rod_");

  it("is the same resource with the same tag, which a write may use", async () => {
    const plain = await service.fetch(made.path);
    const other = await service.fetch(spelled(made.path));
    expect(header(other, "ETag")).toBe(header(plain, "ETag"));
    expect(await other.text()).toBe(await plain.text());
    const headers = { "If-Match": made.etag };
    expect((await patch(service, spelled(made.path), MERGE_PATCH, { stock: 8 }, headers)).status).toBe(200);
  });

  it("is the same list with the same links", async () => {
    const accept = { Accept: "application/hal+json" };
    const plain = await service.fetch(LIST, { headers: accept });
    const other = await service.fetch(spelled(LIST), { headers: accept });
    expect(header(other, "ETag")).toBe(header(plain, "ETag"));
    expect(header(other, "Link")).toBe(header(plain, "Link"));
    expect(await other.text()).toBe(await plain.text());
  });
});

describe("a 304 of the list", () => {
  it.each(["GET", "HEAD"])("C01 for %s costs one read of one row and runs no handler", async (method) => {
    let handled = 0;
    const logs: string[] = [];
    const watched = productEndpoints
      .filter((endpoint) => endpoint.contract.operationId === "listProducts")
      .map((endpoint) => ({
        ...endpoint,
        handler: (call: Parameters<typeof endpoint.handler>[0]) => {
          handled += 1;
          return endpoint.handler(call);
        },
      }));
    const dependencies: Dependencies = {
      now: () => service.now(),
      randomBytes: (length) => new Uint8Array(length),
      writeLog: (line) => logs.push(line),
      readSettings,
      fetch: async () => new Response(null, { status: 500 }),
      openCache: () => caches.open("a 304 of the list"),
      authenticate: authenticateWithoutIssuers,
    };
    const app = createApp(
      { endpoints: watched, protocolEndpoints: [], abilities, scopes },
      dependencies,
      admitAll(dependencies.now),
    );
    const fetchList = (conditions: Record<string, string>) => {
      const headers = { ...conditions, "Cache-Control": "no-cache" };
      return app.fetch(new Request(`${ORIGIN}${LIST}`, { method, headers }), env, createExecutionContext());
    };

    const etag = header(await fetchList({}), "ETag");
    expect(handled).toBe(1);
    expect((await fetchList({ "If-None-Match": etag })).status).toBe(304);
    expect(handled).toBe(1);
    expect(JSON.parse(logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 1, "http.response.status_code": 304 });
    await makeProduct(service);
    expect((await fetchList({ "If-None-Match": etag })).status).toBe(200);
    expect(handled).toBe(2);
  });

  it.each(["?sort=nope", "?cursor=nope", "?facets=nope", "?fields=nope", "?limit=0", "?snapshot=x"])(
    "C06 an invalid request fails with any condition: %s",
    async (query) => {
      const conditions: Record<string, string>[] = [
        { "If-None-Match": "*" },
        { "If-Modified-Since": dateOf(3600) },
        { "If-Match": '"a"' },
        { "If-Match": '"a"', "If-None-Match": '"a"' },
        { "If-Unmodified-Since": dateOf(-3600) },
      ];
      for (const headers of conditions) {
        expect((await service.fetch(`/v1/products${query}`, { headers })).status).toBe(400);
      }
    },
  );
});

it("C06 a missing product is 404 with any condition", async () => {
  for (const headers of [
    { "If-None-Match": "*" },
    { "If-Match": '"a"' },
    { "If-Match": "*" },
    { "If-Modified-Since": dateOf(0) },
  ]) {
    expect((await service.fetch(MISSING, { headers })).status).toBe(404);
    expect((await service.fetch(MISSING, { method: "DELETE", headers })).status).toBe(404);
  }
  expect((await service.fetch(MISSING, { method: "DELETE" })).status).toBe(404);
});

it("C01 C10 a restored database reaches the same versions again but never an earlier tag", async () => {
  const { path } = made;
  const id = path.split("/").at(-1);
  const collection = await env.DB.prepare("SELECT * FROM collections WHERE name = 'products'").first<{
    generation: number;
    changed_at: number;
  }>();
  const updatedAt = await env.DB.prepare("SELECT updated_at FROM products WHERE id = ?").bind(id).first("updated_at");
  const lost = await patch(service, path, MERGE_PATCH, { stock: 7 }, { "If-Match": made.etag });
  const lostList = await reader.fetch(LIST);
  await env.DB.batch([
    env.DB.prepare("UPDATE products SET stock = 1, version = 1, updated_at = ? WHERE id = ?").bind(updatedAt, id),
    env.DB.prepare("UPDATE collections SET generation = ?, changed_at = ? WHERE name = 'products'").bind(
      collection?.generation,
      collection?.changed_at,
    ),
  ]);
  service.advance(60_000);
  await patch(service, path, MERGE_PATCH, { stock: 8 }, { "If-Match": made.etag });
  for (const [target, tag] of [
    [path, header(lost, "ETag")],
    [LIST, header(lostList, "ETag")],
  ] as const) {
    expect((await reader.fetch(target, { headers: { "If-None-Match": tag } })).status, target).toBe(200);
  }
  const guarded = await patch(service, path, MERGE_PATCH, { stock: 9 }, { "If-Match": header(lost, "ETag") });
  expect(guarded.status).toBe(412);
});

it.each([
  ["at the edge", {}],
  ["at the database", { "Cache-Control": "no-cache" }],
])(
  "C01 C06 after a write by a clock that was ahead, no `Last-Modified` is in the future or yields a 304: %s",
  async (_, sent) => {
    const ahead = startService({ as: staff });
    ahead.advance(30 * 86_400_000);
    const { path } = await makeProduct(ahead);
    const writer = startService({ as: staff });
    const anonymous = startService();
    const newest = "/v1/products?limit=2&sort=-created_at";
    const read = (target: string, headers = {}) => anonymous.fetch(target, { headers: { ...sent, ...headers } });
    const before = new Map<string, Response>();
    for (const target of [path, newest, path, newest]) before.set(target, await read(target));
    for (const service of [writer, anonymous]) service.advance(600_000);
    expect((await patch(writer, path, MERGE_PATCH, { stock: 66 }, { "If-Match": "*" })).status).toBe(200);
    for (const [target, response] of before) {
      const date = header(response, "Last-Modified");
      expect(Date.parse(date), target).toBeLessThanOrEqual(Date.parse(header(response, "Date")));
      for (let turn = 0; turn < 3; turn += 1) {
        const after = await read(target, { "If-Modified-Since": date });
        expect([target, after.status]).toEqual([target, 200]);
        expect(await after.text()).toContain('"stock":66');
        // The `Date` of a response must not yield a 304 either, because the next change may come within its second.
        expect((await read(target, { "If-Modified-Since": header(after, "Date") })).status).toBe(200);
      }
    }
  },
);

it("C02 C03 C06 POST evaluates `If-Match: *` only, and any other tag condition is 412", async () => {
  const tag = header(await service.fetch("/v1/products"), "ETag");
  const table: [Record<string, string>, number][] = [
    [{ "If-Match": '"x"' }, 412],
    [{ "If-Match": tag }, 412],
    [{ "If-Match": "" }, 412],
    [{ "If-Match": "*" }, 201],
    [{ "If-Match": " *" }, 201],
    [{ "If-None-Match": "*" }, 412],
    [{ "If-None-Match": '"x"' }, 412],
    [{ "If-Match": "*", "If-None-Match": "*" }, 412],
    [{ "If-Unmodified-Since": dateOf(-3600) }, 201],
    [{ "If-Modified-Since": dateOf(3600) }, 201],
  ];
  for (const [headers, status] of table) {
    const before = await storedState();
    const response = await post(service, INPUT, headers);
    expect({ headers, status: response.status }).toEqual({ headers, status });
    if (status === 412) {
      expect(await storedState()).toEqual(before);
      expect(await response.json()).toMatchObject({ code: "PRECONDITION_FAILED" });
    }
  }
});

it("C12 a page of a snapshot is private, on 200 and on 304", async () => {
  const first = await service.fetch("/v1/products?page=1&limit=1");
  const { page } = await first.json<{ page: { snapshot: string } }>();
  const path = `/v1/products?page=1&limit=1&snapshot=${page.snapshot}`;
  const full = await service.fetch(path);
  const unchanged = await service.fetch(path, { headers: { "If-None-Match": header(full, "ETag") } });
  expect(unchanged.status).toBe(304);
  expect(header(full, "Cache-Control")).toBe("private, no-cache");
  expect(header(unchanged, "Cache-Control")).toBe("private, no-cache");
});
