/** Full-text search over HTTP: any query text is data, never syntax. */
import { beforeAll, describe, expect, it } from "vitest";
import { idsOf, type ListBody, refusalOf } from "../../support/lists.ts";
import { startService } from "../../support/service.ts";
import { idOf, insertRows, rowOf } from "../products/catalogue.ts";
import { list, pathOf } from "../products/walk.ts";

const service = startService();

beforeAll(async () => {
  await insertRows([
    rowOf(1, {
      name: "Halvorsen Aria Over-Ear Headphones",
      description: "Closed-back.",
      category: "headphones",
      brand: "halvorsen",
    }),
    rowOf(2, {
      name: 'Café Crème Cup 5" (near-white)',
      description: "It's OR'd; -- DROP TABLE",
      category: "cups",
      brand: "acme",
    }),
    rowOf(3, {
      name: "Fjällglim Tent",
      description: "Goes with headphones, oddly.",
      category: "tents",
      brand: "fjallglim",
    }),
    rowOf(4, { name: "日本語 ノート", description: "Ünïcödé", category: "notebooks", brand: "acme" }),
  ]);
});

const found = async (q: string) => idsOf(await list(service, { q, limit: 100 }));

describe("search", () => {
  it.each<[string, number[]]>([
    ["headphones", [1, 3]],
    ["HEADPHONES", [1, 3]],
    ["headph", [1, 3]],
    ["over-ear", [1]],
    ["over ear", [1]],
    ["ear aria", [1]],
    ["aria tent", []],
    ["cafe creme", [2]],
    ["CAFÉ", [2]],
    ["cafe\u0301", [2]],
    ["fjallglim", [3]],
    ["Fjällglim", [3]],
    ["日本語", [4]],
    ["unicode", [4]],
    ["halvorsen", [1]],
    ["notebooks", [4]],
    ['5"', [2]],
    ["(near-white)", [2]],
    ["headphones \u{1F3A7}", [1, 3]],
    ["  aria   ", [1]],
    ["phones", []],
  ])("finds by q=%j the products %j, with matches of the name first", async (q, numbers) => {
    expect(await found(q)).toEqual(numbers.map(idOf));
  });

  it.each([
    '"',
    '""',
    '"""',
    "'",
    "NEAR(",
    "NEAR(a b, 3)",
    "*",
    "-",
    "^",
    ":",
    "+",
    "()",
    "{}",
    "\\",
    "%",
    "_",
    ";",
    "- * ^ : ( ) { } \" '",
    "name:",
    "name:aria",
    "-aria",
    "^aria",
    "aria*",
    "a*b*c",
    "AND",
    "OR",
    "NOT",
    "aria OR",
    "AND aria",
    "NOT aria",
    '"aria',
    'aria"',
    '" OR "" MATCH "',
    "') OR 1=1 --",
    "'; DROP TABLE products; --",
    "\u{1F3A7}",
    "\u{1F469}\u200D\u{1F469}\u200D\u{1F466}",
    "\u0001\u001f\u007f\u0085",
    "\u200b",
    "\ufffd",
    "\u{10ffff}",
    "\ue000",
    "\u0301",
    "x".repeat(200),
    "a ".repeat(100),
    '"'.repeat(200),
    "*".repeat(200),
    "\u{1F3A7}".repeat(100),
    "ß".repeat(200),
    "1",
    "½",
    "--",
  ])("E11 treats q=%j as text", async (q) => {
    for (const more of [{}, { sort: "price" }, { facets: "brand,category" }, { "filter[category]": "tents,cups" }]) {
      const response = await service.fetch(pathOf({ q, ...more }));
      expect(response.status).toBe(200);
      const { data } = await response.json<ListBody>();
      if (!/[\p{L}\p{N}]/u.test(q)) expect(data).toEqual([]);
    }
    expect(await found("aria")).toEqual([idOf(1)]);
  });

  it.each([" ", "\u00a0\t", "\ufeff"])("E11 refuses q=%j, which has no visible character", async (q) => {
    expect((await service.fetch(pathOf({ q }))).status).toBe(400);
  });

  it("E11 treats bytes that are not UTF-8 as text", async () => {
    for (const q of ["%ED%A0%80", "%FF", "%C3", "aria%FF", "%"])
      expect((await service.fetch(`/v1/products?q=${q}`)).status).toBe(200);
  });

  it("E11 refuses text with the character U+0000", async () => {
    for (const q of ["\u0000", "a\u0000", "\u0000a", "aria\u0000headphones"])
      expect(await refusalOf(await service.fetch(pathOf({ q })))).toMatchObject({ status: 400, parameters: ["q"] });
  });

  it("E11 refuses empty text and text of more than 200 characters", async () => {
    for (const q of ["", "x".repeat(201)])
      expect(await refusalOf(await service.fetch(pathOf({ q })))).toMatchObject({
        status: 400,
        type: "invalid-parameter",
        parameters: ["q"],
      });
  });
});
