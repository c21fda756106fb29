/** Formats, links and sparse fields of products: application/json, HAL and JSON:API. */
import { beforeAll, describe, expect, it } from "vitest";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN, staff, startService } from "../../support/service.ts";
import { type Made, makeProduct, type Product } from "../support/products.ts";

const JSON_TYPE = "application/json";
const HAL = "application/hal+json";
const JSON_API = "application/vnd.api+json";
const MEMBERS = ["id", "name", "description", "category", "brand", "price", "stock", "created_at", "updated_at"];

type Json = Readonly<Record<string, unknown>>;

const service = startService({ as: staff });
const products: Product[] = [];
let made: Made;

beforeAll(async () => {
  for (const name of ["Ash", "Beech", "Cedar", "Douglas fir", "Elm"]) {
    service.advance(1000);
    made = await makeProduct(service, { name, brand: name.startsWith("D") ? "oregon" : "acme" });
    products.push(made.product);
  }
});

async function read(path: string, format: string): Promise<Json> {
  const response = await service.fetch(path, { headers: { Accept: format } });
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  expect(header(response, "Content-Type")).toBe(format);
  return response.json();
}

function keysOf(value: unknown): string[] {
  return Object.keys(value as object).sort(); // an object: the test service validates every response against its schema
}

/** All URLs in a document, at any depth. */
function urlsIn(value: unknown): string[] {
  if (typeof value === "string") return /^https?:/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(urlsIn) : [];
}

/**
 * Asserts a HAL resource object (draft-kelly-json-hal section 4): each link is an object, each embedded item is a
 * resource.
 */
function expectHal(document: Json): void {
  for (const link of Object.values(document["_links"] as Json)) {
    expect(link).toEqual({ href: expect.stringMatching(/^https:\/\//) });
  }
  expect(document["_links"]).toHaveProperty("self");
  for (const embedded of Object.values((document["_embedded"] ?? {}) as Record<string, Json[]>))
    embedded.forEach(expectHal);
}

/** Asserts a JSON:API 1.1 resource object (section "Resource Objects"). */
function expectResourceObject(resource: Json): void {
  expect(["type", "id", "attributes", "links"]).toEqual(expect.arrayContaining(keysOf(resource)));
  expect(resource).toMatchObject({ type: "products", id: expect.stringMatching(/^prod_/) });
  for (const reserved of ["id", "type", "links", "relationships"])
    expect(resource["attributes"]).not.toHaveProperty(reserved);
  expect(resource["links"]).toEqual({ self: `${ORIGIN}/v1/products/${resource["id"]}` });
}

/** The members of a representation, independent of its format. */
function membersOf(format: string, resource: Json): Json {
  if (format === JSON_API) return { id: resource["id"], ...(resource["attributes"] as Json) };
  const { _links, ...members } = resource;
  return members;
}

function itemsOf(format: string, list: Json): Json[] {
  const items = format === HAL ? (list["_embedded"] as Json)["products"] : list["data"];
  return (items as Json[]).map((item) => membersOf(format, item)); // the schema says that these are arrays
}

describe.each([JSON_TYPE, HAL, JSON_API])("%s", (format) => {
  it("E10 has the same product", async () => {
    const document = await read(made.path, format);
    const resource = format === JSON_API ? (document["data"] as Json) : document;
    expect(membersOf(format, resource)).toEqual(made.product);
  });

  it("E10 has the same list in the same order", async () => {
    expect(itemsOf(format, await read("/v1/products?sort=name", format))).toEqual(products);
  });

  it("E10 has absolute links only, and each leads to a document of the same format", async () => {
    const seen = new Set<string>();
    const queue = [
      `${ORIGIN}/v1/products?sort=name&limit=2&fields=name,id`,
      `${ORIGIN}/v1/products?limit=2&facets=brand,category&filter[brand]=acme,oregon&q=a`,
      `${ORIGIN}${made.path}?fields=price`,
    ];
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
      if (seen.has(url)) continue;
      seen.add(url);
      const response = await service.fetch(url, { headers: { Accept: format } });
      expect({ url, status: response.status }).toEqual({ url, status: 200 });
      expect(header(response, "Content-Type")).toBe(format);
      const inHeader = (response.headers.get("Link") ?? "").matchAll(/<([^>]*)>/g);
      queue.push(...urlsIn(await response.json()), ...Array.from(inHeader, ([, href]) => href ?? ""));
    }
    for (const url of seen) expect(url.startsWith(`${ORIGIN}/v1/`)).toBe(true);
    expect(seen.size).toBeGreaterThan(format === JSON_TYPE ? 6 : 10);
  });

  it("E01 E07 `fields` selects exactly those members and the id", async () => {
    for (const [fields, expected] of [
      ["id,name", ["id", "name"]],
      ["name", ["id", "name"]],
      ["id", ["id"]],
      ["price,stock", ["id", "price", "stock"]],
      [MEMBERS.join(","), [...MEMBERS].sort()],
    ] as const) {
      const document = await read(`${made.path}?fields=${fields}`, format);
      const resource = format === JSON_API ? (document["data"] as Json) : document;
      expect(keysOf(membersOf(format, resource))).toEqual(expected);
      for (const item of itemsOf(format, await read(`/v1/products?fields=${fields}`, format))) {
        expect(keysOf(item)).toEqual(expected);
      }
    }
  });

  it("E04 E09 order and repetitions in `fields` do not change the response", async () => {
    const query = (fields: string) => `/v1/products?limit=2&sort=name&fields=${fields}`;
    const bodies = await Promise.all(
      ["name,price", "price,name", "price,name,price", "name%2Cprice"].map(async (fields) => {
        const response = await service.fetch(query(fields), { headers: { Accept: format } });
        return [header(response, "ETag"), header(response, "Link"), await response.text()];
      }),
    );
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });
});

describe("HAL", () => {
  it("E10 a product is a HAL resource", async () => {
    const document = await read(made.path, HAL);
    expectHal(document);
    expect(document["_links"]).toEqual({ self: { href: `${ORIGIN}${made.path}` } });
  });

  it("E10 a list embeds its members and omits links without a target", async () => {
    const only = await read("/v1/products?sort=name", HAL);
    expectHal(only);
    expect(keysOf(only)).toEqual(["_embedded", "_links", "page"]);
    expect(keysOf(only["_links"])).toEqual(["first", "self"]);
    const first = await read("/v1/products?sort=name&limit=2", HAL);
    expect(keysOf(first["_links"])).toEqual(["first", "next", "self"]);
    expect(await read("/v1/products?filter[brand]=nobody", HAL)).toMatchObject({ _embedded: { products: [] } });
  });
});

describe("JSON:API", () => {
  it("E10 a product is a document with primary data", async () => {
    const document = await read(made.path, JSON_API);
    expect(keysOf(document)).toEqual(["data", "jsonapi", "links"]);
    expect(document).toMatchObject({ jsonapi: { version: "1.1" }, links: { self: `${ORIGIN}${made.path}` } });
    expectResourceObject(document["data"] as Json);
  });

  it("E10 a list is a document with pagination links", async () => {
    const document = await read("/v1/products?sort=name&limit=2&facets=brand", JSON_API);
    expect(keysOf(document)).toEqual(["data", "jsonapi", "links", "meta"]);
    expect(keysOf(document["links"])).toEqual(["first", "next", "self"]);
    expect(keysOf(document["meta"])).toEqual(["facets", "page"]);
    (document["data"] as Json[]).forEach(expectResourceObject);
    expect(await read("/v1/products?filter[brand]=nobody", JSON_API)).toMatchObject({ data: [] });
  });
});

describe("the links of a list", () => {
  it.each([
    ["/v1/products?sort=name,-price&limit=2&fields=name,id", "?fields=id%2Cname&limit=2&sort=name%2C-price"],
    ["/v1/products?limit=2&facets=category,brand", "?facets=brand%2Ccategory&limit=2"],
    ["/v1/products?q=a%20b&limit=2", "?limit=2&q=a+b"],
    ["/v1/products?limit=2&filter[brand]=oregon,acme", "?filter%5Bbrand%5D=acme%2Coregon&limit=2"],
    ["/v1/products?", ""],
  ])("E09 are normalized: %s", async (path, query) => {
    const { links } = (await read(path, JSON_API)) as { links: Record<string, string> };
    expect(links["self"]).toBe(`${ORIGIN}/v1/products${query}`);
    expect(links["first"]).toBe(links["self"]);
    if (links["next"] === undefined) return;
    const next = await read(links["next"], JSON_API);
    expect((next["links"] as Json)["self"]).toBe(links["next"]);
    expect((next["links"] as Json)["first"]).toBe(links["first"]);
  });

  it("E10 are the same in the header and the body", async () => {
    const response = await service.fetch("/v1/products?sort=name&limit=2", { headers: { Accept: HAL } });
    const { _links } = await response.json<{ _links: Record<string, { href: string }> }>();
    const inHeader = header(response, "Link").matchAll(/<([^>]*)>; rel="(\w+)"/g);
    expect(Object.fromEntries(Array.from(inHeader, ([, href, rel]) => [rel, { href }]))).toEqual({
      first: _links["first"],
      next: _links["next"],
    });
  });
});

describe("negotiation", () => {
  it.each([
    [undefined, JSON_TYPE],
    ["", JSON_TYPE],
    ["*/*", JSON_TYPE],
    ["application/*", JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [HAL, HAL],
    [JSON_API, JSON_API],
    ["Application/HAL+JSON", HAL],
    [`${JSON_API};q=0.5, ${HAL};q=0.4`, JSON_API],
    [`${JSON_TYPE};q=0, */*`, HAL],
    [`${JSON_TYPE};q=0.1, ${HAL}`, HAL],
    ["text/html, application/xhtml+xml, */*;q=0.8", JSON_TYPE],
    [`${JSON_API};profile="https://example.com/p"`, JSON_API],
    [`${JSON_API};ext="https://example.com/e", */*;q=0.1`, JSON_TYPE],
  ])("E10 Accept: %s gives %s", async (accept, format) => {
    for (const path of [made.path, "/v1/products"]) {
      const response = await service.fetch(path, accept === undefined ? {} : { headers: { Accept: accept } });
      expect(header(response, "Content-Type")).toBe(format);
      expect(header(response, "Vary")).toMatch(/\bAccept\b/);
    }
  });

  it.each([
    "text/csv",
    "application/xml, text/*",
    `${JSON_TYPE};q=0`,
    `${JSON_API};ext="https://example.com/e"`,
    "*/*;q=0",
    "nonsense",
  ])("E10 Accept: %s is 406, and the detail lists the formats", async (accept) => {
    for (const path of [made.path, "/v1/products"]) {
      const response = await service.fetch(path, { headers: { Accept: accept } });
      expect(response.status).toBe(406);
      expect(header(response, "Content-Type")).toBe("application/problem+json");
      expect(header(response, "Vary")).toMatch(/\bAccept\b/);
      const { detail } = await problemOf(response);
      for (const format of [JSON_TYPE, HAL, JSON_API]) expect(detail).toContain(format);
    }
  });

  it("E10 a body of another type is 415, and the headers name the type", async () => {
    for (const type of [
      "text/plain",
      "application/xml",
      JSON_API,
      HAL,
      "application/x-www-form-urlencoded",
      `${JSON_TYPE}; charset=utf-16`,
    ]) {
      const response = await service.fetch("/v1/products", {
        method: "POST",
        headers: { "Content-Type": type },
        body: "{}",
      });
      expect(response.status).toBe(415);
      expect(header(response, "Accept")).toBe(JSON_TYPE);
      expect(header(response, "Accept-Post")).toBe(JSON_TYPE);
    }
  });
});

describe("rejected values of `fields`", () => {
  it.each([
    "nope",
    "id,nope",
    "Name",
    "price.amount",
    "id,",
    ",",
    "version",
    "deleted_at",
    "seq",
    "__proto__",
    "constructor",
  ])("E02 E03 %s is 400", async (fields) => {
    for (const path of [made.path, "/v1/products"]) {
      const response = await service.fetch(`${path}?fields=${fields}`);
      expect(response.status).toBe(400);
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ code: "INVALID_PARAMETER", errors: [{ parameter: "fields" }] });
      if (!fields.includes(",")) for (const name of MEMBERS) expect(problem.detail).toContain(name);
    }
  });

  it("E02 all unknown names are reported together with the allowed ones", async () => {
    const problem = await problemOf(await service.fetch(`${made.path}?fields=id,nope,role,nope`));
    expect(problem).toMatchObject({
      allowed: MEMBERS,
      errors: [{ detail: expect.stringContaining("`nope`") }, { detail: expect.stringContaining("`role`") }],
    });
  });

  it.each(["fields=", "fields=name&fields=id", "Fields=name", "fields[products]=name"])(
    "E04 %s is 400",
    async (query) => {
      expect((await service.fetch(`${made.path}?${query}`)).status).toBe(400);
      expect((await service.fetch(`/v1/products?${query}`)).status).toBe(400);
    },
  );
});
