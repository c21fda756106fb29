/** POST /v1/products: what is accepted, what is refused and what is stored. */
import { describe, expect, it } from "vitest";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN, START, staff, startService } from "../../support/service.ts";
import {
  generationOfProducts,
  INPUT,
  makeProduct,
  type Product,
  post,
  storedProduct,
  storedState,
} from "../support/products.ts";

const service = startService({ as: staff });

const ASTRAL = "\u{1F4A1}";
/** One visible character of four code points. */
const FAMILY = "\u{1F469}\u200D\u{1F469}\u200D\u{1F467}";

async function refusalOf(body: unknown) {
  const before = await storedState();
  const response = await post(service, body);
  const problem = await problemOf(response);
  expect(await storedState()).toEqual(before);
  const faults = (problem.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`).sort();
  return { status: response.status, code: problem.code, faults };
}

describe("a new product", () => {
  it("is 201 with the product and its location", async () => {
    const generation = await generationOfProducts();
    const response = await post(service, INPUT);
    expect(response.status).toBe(201);
    const product: Product = await response.json();
    const at = new Date(START).toISOString();
    expect(product).toEqual({ id: expect.any(String), ...INPUT, created_at: at, updated_at: at });
    expect(product.id).toMatch(/^prod_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
    expect(header(response, "Location")).toBe(`${ORIGIN}/v1/products/${product.id}`);
    expect(await storedProduct(product.id)).toMatchObject({ version: 1, created_at: START, deleted_at: null });
    expect(await generationOfProducts()).toBe(generation + 1);
  });

  it("costs one round trip", async () => {
    await makeProduct(service);
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "db.round_trips": 1 });
  });

  it("gets a unique id, and ids of later times sort after earlier ones", async () => {
    const ids = [];
    for (let index = 0; index < 20; index += 1) ids.push((await makeProduct(service)).product.id);
    expect(new Set(ids).size).toBe(20);
    service.advance(1);
    const later = (await makeProduct(service)).product.id;
    for (const id of ids) expect(id < later).toBe(true);
  });

  it("is created for each of twenty concurrent requests", async () => {
    const generation = await generationOfProducts();
    const all = await Promise.all(Array.from({ length: 20 }, () => makeProduct(service)));
    expect(new Set(all.map(({ product }) => product.id)).size).toBe(20);
    expect(await generationOfProducts()).toBe(generation + 20);
  });
});

describe("text", () => {
  it.each([
    ["a name of one character", { name: "x" }],
    ["a name of 200 characters", { name: "x".repeat(200) }],
    ["a name of 200 astral characters, which are 400 units", { name: ASTRAL.repeat(200) }],
    ["one astral character", { name: ASTRAL }],
    ["joined characters", { name: `${FAMILY} e\u0301` }],
    ["right to left", { name: "مصباح مكتب" }],
    ["no description", { description: "" }],
    ["a description of 2000 astral characters", { description: ASTRAL.repeat(2000) }],
    ["a description in lines", { description: "one\n\ttwo\n" }],
    ["special characters of many languages", { name: `"'\`;--<script>&amp;%00\\u0000{{7*7}}\${x}` }],
    ["identifiers of JavaScript", { name: "__proto__", description: "constructor" }],
    ["a slug of 60 characters", { category: "a".repeat(60), brand: "a-1-b" }],
  ])("%s is returned unchanged", async (_name, change) => {
    const { path } = await makeProduct(service, change);
    expect(await (await service.fetch(path)).json()).toMatchObject({ ...INPUT, ...change });
  });

  it.each([
    ["no name", { name: "" }],
    ["201 characters", { name: "x".repeat(201) }],
    ["201 astral characters", { name: ASTRAL.repeat(201) }],
    ["a leading blank", { name: " x" }],
    ["a trailing blank", { name: "x " }],
    ["only blanks", { name: "  " }],
    ["a trailing wide blank", { name: "x\u3000" }],
    ["a line feed", { name: "a\nb" }],
    ["a tab", { name: "a\tb" }],
    ["a line separator", { name: "a\u2028b" }],
    ["an escape", { name: "a\u001b[31mb" }],
    ["a delete", { name: "a\u007fb" }],
    ["a control character of the second set", { name: "a\u0085b" }],
    ["2001 characters of description", { description: "x".repeat(2001) }],
    ["2001 astral ones", { description: ASTRAL.repeat(2001) }],
    ["a bell in the description", { description: "\u0007" }],
    ["a carriage return", { description: "a\r\nb" }],
    ["a control character of the second set in the description", { description: "\u009b31m" }],
    ["a slug in upper case", { category: "Lamps" }],
    ["a slug with a blank", { category: "desk lamps" }],
    ["a slug with two hyphens", { brand: "a--b" }],
    ["a slug with a trailing hyphen", { brand: "a-" }],
    ["a slug beyond ASCII", { brand: "café" }],
    ["an empty slug", { brand: "" }],
    ["61 characters of slug", { brand: "a".repeat(61) }],
    ["a slug and a line feed", { brand: "acme\n" }],
  ])("%s is 422 with a pointer to its member", async (_name, change) => {
    const [member] = Object.keys(change);
    const refusal = await refusalOf({ ...INPUT, ...change });
    expect(refusal).toMatchObject({ status: 422, faults: [expect.stringMatching(`^#/${member} `)] });
  });

  it("invalid Unicode is 400", async () => {
    for (const name of ["a\\u0000b", "\\ud800", "\\udc00\\ud800"]) {
      const body = JSON.stringify(INPUT).replace(INPUT.name, name);
      expect(await refusalOf(body)).toMatchObject({ status: 400, code: "MALFORMED_REQUEST" });
    }
  });
});

describe("numbers", () => {
  it.each([
    [{ price: { amount: 0, currency: "USD" } }],
    [{ price: { amount: 100_000_000, currency: "USD" } }],
    [{ stock: 0 }],
    [{ stock: 1_000_000_000 }],
  ])("%j is accepted", async (change) => {
    expect((await makeProduct(service, change)).product).toMatchObject(change);
  });

  it("all JSON spellings of a number are accepted", async () => {
    const body = JSON.stringify(INPUT).replace('"stock":3', '"stock":3.0e0');
    expect(await (await post(service, body)).json()).toMatchObject({ stock: 3 });
  });

  it.each([
    [{ price: { amount: -1, currency: "USD" } }, "#/price/amount too-small"],
    [{ price: { amount: 100_000_001, currency: "USD" } }, "#/price/amount too-large"],
    [{ price: { amount: 1.5, currency: "USD" } }, "#/price/amount wrong-type"],
    [{ price: { amount: "1", currency: "USD" } }, "#/price/amount wrong-type"],
    [{ price: { amount: 1, currency: "usd" } }, "#/price/currency not-allowed"],
    [{ price: { amount: 1 } }, "#/price required"],
    [{ price: { amount: 1, currency: "USD", tax: 1 } }, "#/price/tax unknown"],
    [{ price: 1 }, "#/price wrong-type"],
    [{ price: null }, "#/price wrong-type"],
    [{ stock: 1_000_000_001 }, "#/stock too-large"],
    [{ stock: true }, "#/stock wrong-type"],
    [{ stock: [1] }, "#/stock wrong-type"],
    [{ stock: 2 ** 53 }, "#/stock "],
  ])("%j is 422: %s", async (change, fault) => {
    const refusal = await refusalOf({ ...INPUT, ...change });
    expect(refusal.status).toBe(422);
    expect(refusal.faults[0]).toMatch(fault);
  });
});

describe("a refused body", () => {
  it("has all its errors reported together", async () => {
    const { name, ...rest } = INPUT;
    expect(await refusalOf({ ...rest, stock: -1, category: "A", price: { amount: "x" }, colour: "red" })).toEqual({
      status: 422,
      code: "VALIDATION_ERROR",
      faults: [
        "# required",
        "#/category invalid",
        "#/colour unknown",
        "#/price required",
        "#/price/amount wrong-type",
        "#/stock too-small",
      ].map((fault) => (fault.startsWith("#/category") ? expect.stringMatching(/^#\/category /) : fault)),
    });
  });

  it.each([["[]"], ["null"], ['"x"'], ["1"], ["true"]])("%s is not an object: 422", async (body) => {
    expect(await refusalOf(body)).toMatchObject({ status: 422, faults: ["# wrong-type"] });
  });

  it.each([
    ["id", "prod_01hk2nvj80e8ev3rx1q7t4d6zz"],
    ["created_at", "2020-01-01T00:00:00.000Z"],
    ["updated_at", "2020-01-01T00:00:00.000Z"],
    ["role", "admin"],
    ["version", 99],
    ["deleted_at", 0],
    ["seq", 1],
    ["price_amount", 1],
    ["priceAmount", 1],
    ["createdAt", 0],
    ["toString", 1],
  ])("OWASP 3 %s cannot be set by a client: 422", async (member, value) => {
    expect(await refusalOf({ ...INPUT, [member]: value })).toMatchObject({
      status: 422,
      faults: [`#/${member} unknown`],
    });
  });

  it.each(["__proto__", "constructor", "prototype"])("OWASP 3 %s is 400", async (member) => {
    const body = JSON.stringify(INPUT).replace("{", `{"${member}":{"isAdmin":true},`);
    expect(await refusalOf(body)).toMatchObject({ status: 400 });
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined(); // reads a member that would exist if the prototype were polluted
  });
});

describe("SQL in text is stored as text", () => {
  it.each([
    "'; DROP TABLE products; --",
    "' OR '1'='1",
    "Robert'); DELETE FROM products WHERE ('1'='1",
    "x' UNION SELECT secret FROM users --",
    '" OR ""="',
    "%' ESCAPE '\\",
    "?1 :name @p $1",
    "NULL",
    "lamp* OR NEAR(a b)",
  ])("%s", async (text) => {
    const before = await service.fetch("/v1/products?limit=1");
    const { path, product } = await makeProduct(service, { name: text, description: text });
    expect(await (await service.fetch(path)).json()).toMatchObject({ name: text, description: text });
    const found = await service.fetch(`/v1/products?${new URLSearchParams({ q: text, "filter[brand]": text })}`);
    expect(found.status).toBe(200);
    expect(await storedProduct(product.id)).toMatchObject({ name: text });
    expect(before.status).toBe(200);
  });

  it("an id with SQL is 404", async () => {
    for (const id of ["prod_x' OR '1'='1", "prod_%25", "prod_01hk2nvj80e8ev3rx1q7t4d6zz'--"]) {
      expect((await service.fetch(`/v1/products/${encodeURIComponent(id)}`)).status).toBe(404);
    }
  });
});
