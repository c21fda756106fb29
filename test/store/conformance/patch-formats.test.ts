/** The two formats of a patch: merge patch (RFC 7396) and JSON Patch (RFC 6902). */
import { describe, expect, it } from "vitest";
import { JSON_PATCH, MERGE_PATCH, patch } from "../../support/requests.ts";
import { staff, startService } from "../../support/service.ts";
import { INPUT, type Made, makeProduct, type Product, refusedPatch } from "../support/products.ts";

const service = startService({ as: staff });

/** Patches a new product with its current tag. */
async function patchNew(type: string, body: unknown): Promise<{ made: Made; response: Response }> {
  const made = await makeProduct(service);
  service.advance(1000);
  return { made, response: await patch(service, made.path, type, body, { "If-Match": made.etag }) };
}

describe("a merge patch", () => {
  it.each<[string, object, Partial<Product>]>([
    ["replaces a member", { stock: 9 }, { stock: 9 }],
    ["merges nested members", { price: { amount: 5 } }, { price: { amount: 5, currency: "USD" } }],
    ["replaces several", { name: "Oak lamp", description: "" }, { name: "Oak lamp", description: "" }],
    ["accepts unchanged members", { ...INPUT, stock: 4 }, { stock: 4 }],
  ])("I02 %s", async (_name, body, change) => {
    const { made, response } = await patchNew(MERGE_PATCH, body);
    expect(response.status).toBe(200);
    const updated_at = new Date(service.now()).toISOString();
    expect(await response.json()).toEqual({ ...made.product, ...change, updated_at });
    expect(await (await service.fetch(made.path)).json()).toEqual({ ...made.product, ...change, updated_at });
  });

  it.each<[string, unknown, string[]]>([
    ["an array", [], ["# wrong-type"]],
    ["a JSON Patch", [{ op: "replace", path: "/stock", value: 1 }], ["# wrong-type"]],
    ["null", null, ["# wrong-type"]],
    ["a string", '"x"', ["# wrong-type"]],
    ["a number", 7, ["# wrong-type"]],
    ["true", true, ["# wrong-type"]],
    ["the removal of a required member", { name: null }, ["#/name required"]],
    ["the removal of a required nested member", { price: { amount: null } }, ["#/price/amount required"]],
    ["the removal of the whole price", { price: null }, ["#/price required"]],
    ["an unknown member", { colour: "red" }, ["#/colour unknown"]],
    ["the removal of an unknown member", { colour: null }, ["#/colour unknown"]],
    ["an unknown nested member", { price: { tax: 1 } }, ["#/price/tax unknown"]],
    [
      "a member that every object inherits",
      { toString: 1, valueOf: null },
      ["#/toString unknown", "#/valueOf unknown"],
    ],
    ["a scalar in place of the price", { price: 5 }, ["#/price wrong-type"]],
    ["an array in place of the price", { price: [null] }, ["#/price wrong-type"]],
    ["a wrong type", { stock: "9" }, ["#/stock wrong-type"]],
    ["a fraction", { stock: 1.5 }, ["#/stock wrong-type"]],
    ["too little", { stock: -1 }, ["#/stock too-small"]],
    ["too much", { price: { amount: 100_000_001 } }, ["#/price/amount too-large"]],
    ["another currency", { price: { currency: "EUR" } }, ["#/price/currency not-allowed"]],
    ["a key with characters of a pointer", { "a/b~c": 1 }, ["#/a~1b~0c unknown"]],
    [
      "all of these at once",
      { name: null, stock: -1, price: { amount: "5" }, role: "admin", id: "x" },
      ["#/id read-only", "#/name required", "#/price/amount wrong-type", "#/role unknown", "#/stock too-small"],
    ],
  ])("I02 %s is 422 and changes nothing", async (_name, body, faults) => {
    const refusal = await refusedPatch(service, MERGE_PATCH, body);
    expect(refusal).toMatchObject({ status: 422, code: "VALIDATION_ERROR" });
    expect(refusal.faults.sort()).toEqual(faults);
  });
});

describe("a JSON Patch", () => {
  it.each<[string, object[], Partial<Product>]>([
    ["replaces", [{ op: "replace", path: "/price/amount", value: 5 }], { price: { amount: 5, currency: "USD" } }],
    ["adds over an existing member", [{ op: "add", path: "/name", value: "Oak lamp" }], { name: "Oak lamp" }],
    ["copies", [{ op: "copy", from: "/name", path: "/description" }], { description: "Walnut lamp" }],
    [
      "moves a required member if it is added again",
      [
        { op: "move", from: "/name", path: "/description" },
        { op: "add", path: "/name", value: "New" },
      ],
      { name: "New", description: "Walnut lamp" },
    ],
    [
      "continues after a successful test",
      [
        { op: "test", path: "/price", value: { currency: "USD", amount: 12_900 } },
        { op: "replace", path: "/stock", value: 8 },
      ],
      { stock: 8 },
    ],
    [
      "allows invalid intermediate states",
      [
        { op: "remove", path: "/price" },
        { op: "add", path: "/price", value: { amount: 1, currency: "USD" } },
      ],
      { price: { amount: 1, currency: "USD" } },
    ],
    [
      "accepts a hundred operations",
      Array.from({ length: 100 }, (_, index) => ({ op: "replace", path: "/stock", value: index })),
      { stock: 99 },
    ],
    ["ignores unknown members of an operation", [{ op: "replace", path: "/stock", value: 8, x: 1 }], { stock: 8 }],
  ])("I03 %s", async (_name, operations, change) => {
    const { made, response } = await patchNew(JSON_PATCH, operations);
    expect(response.status).toBe(200);
    const updated_at = new Date(service.now()).toISOString();
    expect(await response.json()).toEqual({ ...made.product, ...change, updated_at });
  });

  const change = { op: "replace", path: "/stock", value: 9 };

  it.each<[string, unknown, string]>([
    ["a failed test", [change, { op: "test", path: "/stock", value: 3 }], "#/1/value test-failed"],
    ["a test of another type", [change, { op: "test", path: "/stock", value: "9" }], "#/1/value test-failed"],
    ["a missing path", [change, { op: "remove", path: "/colour" }], "#/1/path missing-path"],
    ["a missing path to replace", [change, { op: "replace", path: "/colour", value: 1 }], "#/1/path missing-path"],
    ["a missing parent", [change, { op: "add", path: "/a/b", value: 1 }], "#/1/path missing-path"],
    ["a missing source", [change, { op: "copy", from: "/colour", path: "/name" }], "#/1/from missing-path"],
    ["a path into a scalar", [change, { op: "test", path: "/name/0", value: "W" }], "#/1/path missing-path"],
  ])("I03 %s is 409 and changes nothing", async (_name, operations, fault) => {
    expect(await refusedPatch(service, JSON_PATCH, operations)).toEqual({
      status: 409,
      code: "CONFLICT",
      faults: [fault],
    });
  });

  it.each<[string, unknown, string]>([
    ["an unknown operation", [change, { op: "increment", path: "/stock" }], "#/1/op malformed-operation"],
    ["no operation", [change, { path: "/stock" }], "#/1 malformed-operation"],
    ["no path", [change, { op: "remove" }], "#/1 malformed-operation"],
    ["no value", [change, { op: "add", path: "/stock" }], "#/1 malformed-operation"],
    ["no from", [change, { op: "move", path: "/stock" }], "#/1 malformed-operation"],
    ["a path without a slash", [change, { op: "remove", path: "stock" }], "#/1/path malformed-operation"],
    ["a bad escape", [change, { op: "remove", path: "/st~2ck" }], "#/1/path malformed-operation"],
    ["a path that is not a string", [change, { op: "remove", path: 1 }], "#/1/path malformed-operation"],
    [
      "a move of a value into itself",
      [{ op: "move", from: "/price", path: "/price/amount" }],
      "#/0/path malformed-operation",
    ],
    ["the removal of everything", [{ op: "remove", path: "" }], "#/0/path malformed-operation"],
    ["an operation that is not an object", [change, 5], "#/1 malformed-operation"],
    ["a prototype", [change, { op: "add", path: "/__proto__/x", value: 1 }], "#/1/path malformed-operation"],
    [
      "a constructor",
      [change, { op: "add", path: "/constructor/prototype/x", value: 1 }],
      "#/1/path malformed-operation",
    ],
    [
      "a source that is a prototype",
      [{ op: "copy", from: "/__proto__", path: "/name" }],
      "#/0/from malformed-operation",
    ],
    [
      "a prototype in a value",
      '[{"op":"add","path":"/price","value":{"__proto__":{}}}]',
      "#/0/value/__proto__ forbidden-key",
    ],
  ])("I03 %s is 400 and changes nothing", async (_name, operations, fault) => {
    expect(await refusedPatch(service, JSON_PATCH, operations)).toEqual({
      status: 400,
      code: "MALFORMED_REQUEST",
      faults: [fault],
    });
    expect(({} as { x?: unknown }).x).toBeUndefined(); // reads a member that would exist if the prototype were polluted
  });

  it.each<[string, unknown, string[]]>([
    ["an object", {}, ["# wrong-type"]],
    ["a merge patch", { stock: 1 }, ["# wrong-type"]],
    ["null", null, ["# wrong-type"]],
    ["a whole document that is not an object", [{ op: "replace", path: "", value: [1] }], ["# wrong-type"]],
    ["101 operations", Array.from({ length: 101 }, () => change), ["# too-many-operations"]],
    ["the removal of a required member", [{ op: "remove", path: "/name" }, change], ["#/0 required"]],
    ["its move to another member", [{ op: "move", from: "/name", path: "/description" }, change], ["#/0 required"]],
    ["an invalid value", [change, { op: "replace", path: "/price/amount", value: -5 }], ["#/1 too-small"]],
    ["null", [{ op: "replace", path: "/name", value: null }], ["#/0 wrong-type"]],
    ["an unknown member", [change, { op: "add", path: "/role", value: "admin" }], ["#/1 unknown"]],
    ["an unknown nested member", [change, { op: "add", path: "/price/tax", value: 1 }], ["#/1 unknown"]],
    ["a read-only member", [change, { op: "replace", path: "/id", value: "prod_x" }], ["#/1 read-only"]],
    ["the removal of a read-only member", [change, { op: "remove", path: "/created_at" }], ["#/1 read-only"]],
    ["a read-only member by copy", [{ op: "copy", from: "/name", path: "/created_at" }], ["#/0 read-only"]],
    ["a read-only member as source of a move", [{ op: "move", from: "/id", path: "/name" }], ["#/0 read-only"]],
    [
      "a whole document without the read-only members",
      [{ op: "replace", path: "", value: INPUT }],
      ["#/0 read-only", "#/0 read-only", "#/0 read-only"],
    ],
  ])("I03 %s is 422 and changes nothing", async (_name, operations, faults) => {
    expect(await refusedPatch(service, JSON_PATCH, operations)).toEqual({
      status: 422,
      code: "VALIDATION_ERROR",
      faults,
    });
  });

  it("I03 limits copies of copies", async () => {
    const doubling = Array.from({ length: 99 }, (_, index) => ({
      op: "copy",
      from: index === 0 ? "/price" : `/${"x".repeat(index)}`,
      path: `/${"x".repeat(index + 1)}`,
    }));
    const nesting = [
      { op: "add", path: "/bomb", value: { a: "x".repeat(1000) } },
      ...Array.from({ length: 40 }, (_, index) => ({ op: "copy", from: "/bomb", path: `/bomb/${index}` })),
    ];
    const started = performance.now();
    expect(await refusedPatch(service, JSON_PATCH, nesting)).toMatchObject({
      status: 422,
      faults: [expect.stringMatching(/too-large$/)],
    });
    expect(await refusedPatch(service, JSON_PATCH, doubling)).toMatchObject({ status: 422 });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
