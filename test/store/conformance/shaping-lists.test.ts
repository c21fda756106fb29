/** Section e of the semantics for lists: fields, filters, sorts, and how invalid ones are refused. */
import { beforeAll, describe, expect, it } from "vitest";
import { idsOf, type ListBody, linksOf, refusalOf } from "../../support/lists.ts";
import { startService } from "../../support/service.ts";
import { fillCatalogue, inOrder, type Row } from "../products/catalogue.ts";
import { list, pathOf } from "../products/walk.ts";

const service = startService();
let rows: Row[] = [];

beforeAll(async () => {
  rows = await fillCatalogue(80);
});

const refused = async (parameters: Record<string, string | undefined>) =>
  refusalOf(await service.fetch(pathOf(parameters)));

describe("fields of a list", () => {
  it("E01 are exactly the requested ones and the id, in each format", async () => {
    const plain = await list(service, { fields: "name,price", limit: 3 });
    for (const item of plain.data) expect(Object.keys(item).sort()).toEqual(["id", "name", "price"]);
    const path = pathOf({ fields: "name", limit: 3 });
    const hal = await service.fetch(path, { headers: { Accept: "application/hal+json" } });
    const { _embedded } = await hal.json<{ _embedded: { products: Record<string, unknown>[] } }>();
    for (const item of _embedded.products) expect(Object.keys(item).sort()).toEqual(["_links", "id", "name"]);
    const api = await service.fetch(path, { headers: { Accept: "application/vnd.api+json" } });
    const { data } = await api.json<{ data: { attributes: Record<string, unknown> }[] }>();
    for (const item of data) expect(Object.keys(item.attributes)).toEqual(["name"]);
  });

  it("E01 are kept in the links to other pages", async () => {
    const next = linksOf(await service.fetch(pathOf({ fields: "id", limit: 3 })))["next"] ?? "";
    const page = await (await service.fetch(next)).json<ListBody>();
    for (const item of page.data) expect(Object.keys(item)).toEqual(["id"]);
  });

  it("E02 are refused if unknown, with the allowed names", async () => {
    const answer = await refused({ fields: "name,colour" });
    expect(answer).toMatchObject({ status: 400, type: "invalid-parameter", parameters: ["fields"] });
    expect(answer.detail).toContain("colour");
    for (const name of ["id", "name", "price", "updated_at"]) expect(answer.detail).toContain(name);
  });

  it("E03 that are stored but not exposed are refused like unknown ones", async () => {
    const shapeOf = async (name: string) => {
      const { detail, ...rest } = await refused({ fields: name });
      return {
        ...rest,
        detail: detail.replaceAll(name, "?"),
        details: rest.details?.map((text) => text.replaceAll(name, "?")),
      };
    };
    const unknown = await shapeOf("colour");
    for (const name of ["seq", "version", "deleted_at", "price_amount", "relevance", "__proto__", "constructor"])
      expect(await shapeOf(name), name).toEqual(unknown);
  });

  it("E04 may be repeated, but an empty list is refused", async () => {
    const { data } = await list(service, { fields: "name,name,id,name", limit: 1 });
    expect(Object.keys(data[0] ?? {}).sort()).toEqual(["id", "name"]);
    for (const fields of ["", ",", "name,", ",name", "name,,id", " "])
      expect(await refused({ fields }), fields).toMatchObject({ status: 400, parameters: ["fields"] });
  });

  it("E09 determine the tag, in any order", async () => {
    const tagOf = async (fields?: string, facets?: string) =>
      (await service.fetch(pathOf({ fields, facets, limit: 1 }))).headers.get("ETag");
    const tag = await tagOf("name,price");
    expect(await tagOf("price,name")).toBe(tag);
    expect(await tagOf("price,name,price")).toBe(tag);
    const others = [
      await tagOf(),
      await tagOf("name"),
      await tagOf("name,price,stock"),
      await tagOf("name,price", "brand"),
    ];
    expect(new Set([tag, ...others]).size).toBe(5);
    expect(await tagOf("name", "brand,category")).toBe(await tagOf("name", "category,brand"));
  });
});

describe("filters of a list", () => {
  it("E11 are combined with AND, and the values of one filter with OR", async () => {
    const { data } = await list(service, {
      "filter[category]": "tents,cameras",
      "filter[brand]": "acme,typhane",
      "filter[price][gte]": 500,
      "filter[price][lte]": 3000,
      sort: "price",
      limit: 100,
    });
    const expected = rows.filter(
      (row) =>
        ["tents", "cameras"].includes(row.category) &&
        ["acme", "typhane"].includes(row.brand) &&
        row.price >= 500 &&
        row.price <= 3000,
    );
    expect(expected.length).toBeGreaterThan(2);
    expect(data.map((item) => item.id)).toEqual(inOrder(expected, "price").map((row) => row.id));
  });

  it("E11 include their bounds", async () => {
    const price = rows[0]?.price ?? 0;
    const found = await list(service, { "filter[price][gte]": price, "filter[price][lte]": price, limit: 100 });
    expect(idsOf(found).sort()).toEqual(
      rows
        .filter((row) => row.price === price)
        .map((row) => row.id)
        .sort(),
    );
  });

  it("E11 without a match return an empty list", async () => {
    for (const parameters of [
      { "filter[category]": "no-such-category" },
      { "filter[brand]": "Acme" },
      { "filter[brand]": "acme " },
      { "filter[price][gte]": 3000, "filter[price][lte]": 2999 },
      { "filter[price][gte]": 100_000_000 },
    ]) {
      const found = await list(service, parameters);
      expect(found).toEqual({ data: [], page: { next: null, prev: null, has_more: false, limit: 20 } });
    }
  });

  it.each([
    "filter[colour]",
    "filter[price]",
    "filter[price][gt]",
    "filter[price][GTE]",
    "filter[price][gte][x]",
    "filter[category][eq]",
    "filter[]",
    "filter",
    "filter[seq]",
    "filter[deleted_at]",
    "filter[__proto__]",
    "filter[category",
    "Filter[category]",
  ])("E11 are refused by name if unknown: %s", async (name) => {
    expect(await refused({ [name]: "5" })).toMatchObject({
      status: 400,
      type: "invalid-parameter",
      parameters: [name],
    });
  });

  it.each(["", "-1", "abc", "1.5", "1e3", "100000001", " 5", "5 ", "0x5", "1,2", "99999999999999999999"])(
    "E11 refuse a bound that is not a price: %j",
    async (value) => {
      for (const name of ["filter[price][gte]", "filter[price][lte]"])
        expect(await refused({ [name]: value })).toMatchObject({
          status: 400,
          type: "invalid-parameter",
          parameters: [name],
        });
    },
  );

  it("E11 refuse empty values and too many values", async () => {
    for (const name of ["filter[category]", "filter[brand]"]) {
      const many = Array.from({ length: 11 }, (_, n) => `v${n}`).join(",");
      for (const value of ["", ",", "a,", ",a", "a,,b", many, "x".repeat(65), "a,".repeat(9) + "x".repeat(65)])
        expect(await refused({ [name]: value }), value).toMatchObject({ status: 400, parameters: [name] });
      const most = Array.from({ length: 10 }, (_, n) => `v${n}`).join(",");
      await list(service, { [name]: most });
    }
  });

  it.each([
    "' OR '1'='1",
    "acme'; DROP TABLE products; --",
    "\u{1F3A7}",
    "\ufffd",
    "%",
    "_",
    "*",
    "acme)",
    '"',
    "\\",
    "null",
    "é",
    "\u202e",
    "x".repeat(64),
  ])("E11 accept %j as an ordinary value", async (value) => {
    for (const name of ["filter[category]", "filter[brand]"]) {
      expect((await list(service, { [name]: value })).data).toEqual([]);
      expect(
        (await list(service, { [name]: `${value},acme,tents`, limit: 100, facets: "brand" })).data.length,
      ).toBeGreaterThan(0);
    }
    expect((await list(service, { limit: 100 })).data).toHaveLength(80);
  });
});

describe("the character U+0000", () => {
  it.each([
    "filter[category]",
    "filter[brand]",
    "filter[price][gte]",
    "sort",
    "facets",
    "fields",
    "q",
    "cursor",
    "limit",
  ])("E11 is refused in %s", async (name) => {
    const answer = await refused({ [name]: "a\u0000" });
    expect(answer.status).toBe(400);
    expect(new Set(answer.parameters)).toEqual(new Set([name]));
  });
});

describe("the order of a list", () => {
  it("E12 is the order of the sort keys, made total", async () => {
    for (const sort of ["price", "-price", "-created_at,price,name", "price,-name"])
      expect(idsOf(await list(service, { sort, limit: 100 })), sort).toEqual(inOrder(rows, sort).map((row) => row.id));
    expect(idsOf(await list(service, { limit: 100 }))).toEqual(inOrder(rows, "-created_at").map((row) => row.id));
  });

  it.each([
    "id",
    "stock",
    "-stock",
    "relevance",
    "",
    "-",
    "price,",
    "price,,name",
    "--price",
    "+price",
    "PRICE",
    "created_at,price,name,price",
    "price; DROP",
    "\u0000",
    "__proto__",
  ])("E12 is refused for an invalid sort: %j", async (sort) => {
    expect(await refused({ sort })).toMatchObject({ status: 400, type: "invalid-parameter", parameters: ["sort"] });
  });
});

describe("facets of a list", () => {
  it.each(["price", "Brand", "", "brand,", "brand,colour", "brand,brand,category"])(
    "E11 are refused if invalid: %j",
    async (facets) => {
      expect(await refused({ facets })).toMatchObject({
        status: 400,
        type: "invalid-parameter",
        parameters: ["facets"],
      });
    },
  );
});

describe("parameters of a list", () => {
  it.each([
    "limit=1&limit=2",
    "limit=1&limit=1",
    "sort=price&sort=name",
    "fields=id&fields=name",
    "q=a&q=b",
    "cursor=a&cursor=b",
    "filter[brand]=a&filter[brand]=b",
    "filter%5Bbrand%5D=a&filter[brand]=b",
    "filter[price][gte]=1&filter[price][gte]=2",
  ])("E13 are refused if repeated: %s", async (query) => {
    const answer = await refusalOf(await service.fetch(`/v1/products?${query}`));
    expect(answer).toMatchObject({ status: 400, type: "invalid-parameter" });
    const name = new URLSearchParams(query).keys().next().value;
    expect(answer.parameters).toContain(name);
  });

  it("E13 are refused together if several are invalid", async () => {
    const { parameters } = await refused({ limit: "0", colour: "red", "filter[price][gte]": "x" });
    expect(parameters?.toSorted()).toEqual(["colour", "filter[price][gte]", "limit"]);
  });
});
