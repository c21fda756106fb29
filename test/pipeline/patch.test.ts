import { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { Body, Current } from "#core/contract/endpoint.ts";
import type { JsonValue } from "#core/http/json.ts";
import { parseStringPointer } from "#core/http/json-pointer.ts";
import { Problem } from "#core/http/problem.ts";
import { applyPatch } from "#pipeline/validate/patch.ts";

const writable = z.strictObject({
  name: z.string().max(5),
  price: z.strictObject({ amount: z.int().min(0), currency: z.enum(["USD"]) }),
  note: z.string().optional(),
  size: z
    .strictObject({ unit: z.strictObject({ name: z.string() }) })
    .nullable()
    .optional(),
  tags: z.array(z.string()).optional(),
});
const body: Body = { kind: "patch", schema: writable, mergeExample: {}, patchExample: [] };
const members = { id: "x_1", name: "Lamp", price: { amount: 5, currency: "USD" }, created_at: "2026" };
const current: Current = {
  members,
  validator: { token: "v1", modifiedAt: 0 },
  version: 1,
};

/** The current writable members. */
const BEFORE = { name: "Lamp", price: { amount: 5, currency: "USD" } };

/** `pointer code` of each error, after the status of the problem. */
function refusal(patch: JsonValue, isJsonPatch: boolean): string[] {
  try {
    applyPatch(body, current, patch, isJsonPatch);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [
      `${error.status}`,
      ...(error.errors ?? []).map((fault) => `${"pointer" in fault ? fault.pointer : ""} ${fault.code}`),
    ];
  }
  throw new Error("The patch was accepted.");
}

describe("a merge patch", () => {
  it.each([
    [{}, { name: "Lamp", price: { amount: 5, currency: "USD" } }],
    [{ name: "Desk" }, { name: "Desk", price: { amount: 5, currency: "USD" } }],
    [{ price: { amount: 6 } }, { name: "Lamp", price: { amount: 6, currency: "USD" } }],
    [{ size: { unit: { name: "cm" } } }, { ...BEFORE, size: { unit: { name: "cm" } } }],
    [{ size: null, tags: null }, BEFORE],
    [{ note: null }, { name: "Lamp", price: { amount: 5, currency: "USD" } }],
    [
      { id: "x_1", created_at: "2026", note: "n" },
      { name: "Lamp", price: { amount: 5, currency: "USD" }, note: "n" },
    ],
  ])("I02 applies %j", (patch, result) => {
    expect(applyPatch(body, current, patch, false)).toEqual(result);
  });

  it.each([
    [[], ["422", "# wrong-type"]],
    [null, ["422", "# wrong-type"]],
    ["x", ["422", "# wrong-type"]],
    [{ name: null }, ["422", "#/name required"]],
    [{ name: 1 }, ["422", "#/name wrong-type"]],
    [{ name: "too long" }, ["422", "#/name too-large"]],
    [{ price: null }, ["422", "#/price required"]],
    [{ price: { currency: null } }, ["422", "#/price/currency required"]],
    [{ price: { amount: null, currency: null } }, ["422", "#/price/amount required", "#/price/currency required"]],
    [{ price: 5 }, ["422", "#/price wrong-type"]],
    [{ price: { colour: 1 } }, ["422", "#/price/colour unknown"]],
    [{ price: { colour: null } }, ["422", "#/price/colour unknown"]],
    [{ price: { amount: 6, colour: null } }, ["422", "#/price/colour unknown"]],
    [{ price: { amount: null, colour: null } }, ["422", "#/price/colour unknown", "#/price/amount required"]],
    [{ price: { toString: null } }, ["422", "#/price/toString unknown"]],
    [{ price: { amount: { nope: null } } }, ["422", "#/price/amount wrong-type"]],
    [{ price: { nope: { deep: null } } }, ["422", "#/price/nope unknown"]],
    [{ size: { unit: { name: null } } }, ["422", "#/size/unit/name required"]],
    [{ size: { unit: { nope: null } } }, ["422", "#/size/unit/nope unknown", "#/size/unit required"]],
    [{ size: { unit: { name: "cm", nope: null } } }, ["422", "#/size/unit/nope unknown"]],
    [{ size: { unit: { name: "cm" }, nope: null } }, ["422", "#/size/nope unknown"]],
    [{ tags: [null] }, ["422", "#/tags/0 wrong-type"]],
    [{ id: "x_2" }, ["422", "#/id read-only"]],
    [{ id: null }, ["422", "#/id read-only"]],
    [{ created_at: "2027", role: "admin" }, ["422", "#/created_at read-only", "#/role unknown"]],
    [{ role: null }, ["422", "#/role unknown"]],
    [{ toString: 1 }, ["422", "#/toString unknown"]],
  ])("I02 I04 refuses %j with pointers into the patch", (patch, expected) => {
    expect(refusal(patch, false)).toEqual(expected);
    for (const fault of expected.slice(1)) {
      let place: unknown = patch;
      for (const key of parseStringPointer(fault.split(" ")[0]?.slice(1) ?? "") ?? ["none"]) {
        expect(place).toHaveProperty([key]);
        place = (place as Record<string, unknown>)[key]; // it has the property
      }
    }
  });
});

describe("a JSON Patch", () => {
  const remove = (path: string) => ({ op: "remove", path });
  const replace = (path: string, value: JsonValue) => ({ op: "replace", path, value });

  it.each<[JsonValue, string[]]>([
    [{}, ["422", "# wrong-type"]],
    [[remove("/name")], ["422", "#/0 required"]],
    [
      [remove("/name"), replace("/price/amount", 7)],
      ["422", "#/0 required"],
    ],
    [
      [replace("/price/amount", 7), { op: "move", from: "/name", path: "/note" }],
      ["422", "#/1 required"],
    ],
    [
      [replace("/price/amount", 7), replace("/name", 1)],
      ["422", "#/1 wrong-type"],
    ],
    [
      [replace("/name", 1), replace("/price", {})],
      ["422", "#/0 wrong-type", "#/1 required", "#/1 required"],
    ],
    [[replace("", { name: "a" })], ["422", "#/0 read-only", "#/0 read-only", "#/0 required"]],
    [[replace("", [])], ["422", "# wrong-type"]],
    [[replace("/id", "x_2")], ["422", "#/0 read-only"]],
    [[{ op: "add", path: "/role", value: "admin" }], ["422", "#/0 unknown"]],
    [[{ op: "test", path: "/name", value: "Desk" }], ["409", "#/0 test-failed"]],
    [[remove("/nothing")], ["409", "#/0 missing-path"]],
    [[{ op: "grow", path: "/name" }], ["400", "#/0 malformed-operation"]],
  ])("I03 I04 refuses %j with a pointer to the operation", (patch, expected) => {
    const [status, ...faults] = refusal(patch, true);
    expect([status, ...faults.map((fault) => fault.replace(/^(#\/\d+)\/\w+/, "$1"))]).toEqual(expected);
  });

  it("I05 validates only the result, not each step", () => {
    const patch = [replace("/name", 1), replace("/name", "Desk")];
    expect(applyPatch(body, current, patch, true)).toMatchObject({ name: "Desk" });
  });
});
