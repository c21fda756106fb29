/** Filters, search and facets compared with a model of the catalogue. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "../../support/lists.ts";
import { startService } from "../../support/service.ts";
import { deleteRow, fillCatalogue, idOf, inOrder, type Row } from "./catalogue.ts";
import { list, walk } from "./walk.ts";

const service = startService();
let rows: Row[] = [];

beforeAll(async () => {
  const all = await fillCatalogue(150);
  const gone = new Set([3, 50, 77, 149].map(idOf));
  for (const id of gone) await deleteRow(id);
  rows = all.filter((row) => !gone.has(row.id));
});

interface Asked {
  readonly categories: readonly string[] | undefined;
  readonly brands: readonly string[] | undefined;
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly word: string | undefined;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const asked: fc.Arbitrary<Asked> = fc.record({
  categories: maybe(fc.subarray(["tents", "cameras", "desk-lamps", "notebooks", "nothing-of-it"], { minLength: 1 })),
  brands: maybe(fc.subarray(["acme", "auvelin", "typhane", "nobody"], { minLength: 1 })),
  least: maybe(fc.integer({ min: 0, max: 4000 })),
  most: maybe(fc.integer({ min: 0, max: 4000 })),
  word: maybe(fc.constantFrom("walnut", "wal", "WIRELESS", "camp", "one", "trail walnut", "nothing")),
});

function parametersOf({ categories, brands, least, most, word }: Asked) {
  return {
    ...(categories === undefined ? {} : { "filter[category]": categories.join(",") }),
    ...(brands === undefined ? {} : { "filter[brand]": brands.join(",") }),
    ...(least === undefined ? {} : { "filter[price][gte]": least }),
    ...(most === undefined ? {} : { "filter[price][lte]": most }),
    ...(word === undefined ? {} : { q: word }),
  };
}

function hasWords(row: Row, asked: string, ...members: readonly (keyof Row)[]): boolean {
  const words = members.flatMap((member) =>
    String(row[member])
      .toLowerCase()
      .split(/[^a-z0-9]+/),
  );
  return asked
    .toLowerCase()
    .split(" ")
    .every((beginning) => words.some((word) => word.startsWith(beginning)));
}

function matching(question: Asked): Row[] {
  const { categories, brands, least, most, word } = question;
  return rows.filter(
    (row) =>
      (categories === undefined || categories.includes(row.category)) &&
      (brands === undefined || brands.includes(row.brand)) &&
      (least === undefined || row.price >= least) &&
      (most === undefined || row.price <= most) &&
      (word === undefined || hasWords(row, word, "name", "brand", "category", "description")),
  );
}

function countsOf(found: readonly Row[], member: "category" | "brand") {
  return Array.from(
    Map.groupBy(found, (row) => row[member]),
    ([value, { length }]) => ({ value, count: length }),
  ).sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

describe("filters, search and facets", () => {
  it("return the products and counts of the model, where a facet ignores its own filter", async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom("price", "-name,price", "-created_at"), async (question, sort) => {
        const parameters = parametersOf(question);
        const pages = await walk(service, { ...parameters, sort, limit: 40, facets: "brand,category" });
        expect(idsOf(...pages)).toEqual(inOrder(matching(question), sort).map((row) => row.id));
        for (const page of pages) {
          expect(page.facets).toEqual({
            category: countsOf(matching({ ...question, categories: undefined }), "category"),
            brand: countsOf(matching({ ...question, brands: undefined }), "brand"),
          });
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("rank products with a match in the name first, the newest first among them, also across pages", async () => {
    for (const word of ["walnut", "trail", "camp"]) {
      const found = inOrder(
        matching({ categories: undefined, brands: undefined, least: undefined, most: undefined, word }),
        "-created_at",
      );
      const expected = [
        ...found.filter((row) => hasWords(row, word, "name")),
        ...found.filter((row) => !hasWords(row, word, "name")),
      ].map((row) => row.id);
      expect(idsOf(...(await walk(service, { q: word, limit: 7 }))), word).toEqual(expected);
    }
  });

  it("return facets only if requested, and only the requested ones", async () => {
    expect((await list(service)).facets).toBeUndefined();
    expect(Object.keys((await list(service, { facets: "brand" })).facets ?? {})).toEqual(["brand"]);
    expect(await list(service, { facets: "category", "filter[brand]": "nobody" })).toMatchObject({
      data: [],
      facets: { category: [] },
    });
  });
});
