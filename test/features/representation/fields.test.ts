import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import { pickFields, readFields } from "#features/representation/fields.ts";

const READABLE = ["id", "name", "price"];
const MEMBERS = { id: "x", name: "Lamp", price: { amount: 1 } };

describe("readFields", () => {
  it("gives nothing where nothing is asked for", () => {
    expect(readFields(undefined, READABLE)).toBeUndefined();
  });

  it("E01 E04 gives the names asked for and the id, in whatever order and however often", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...READABLE), { minLength: 1 }), (names) => {
        expect(readFields(names.join(","), READABLE)).toEqual(new Set(["id", ...names]));
      }),
    );
  });

  it("E02 E03 refuses every name that is not readable, and tells which are", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.constantFrom(...READABLE)), (some, known) => {
        const unknown = some
          .join(",")
          .split(",")
          .filter((name) => !READABLE.includes(name));
        fc.pre(unknown.length > 0);
        const thrown = refusalOf([...known, ...some].join(","));
        expect(thrown.type).toBe("invalid-parameter");
        expect(thrown.members["allowed"]).toEqual(READABLE);
        expect(thrown.errors).toHaveLength(new Set(unknown).size);
      }),
    );
  });

  it.each(["__proto__", "constructor", "toString", "", "id,", "NAME"])("E02 refuses %j", (parameter) => {
    expect(refusalOf(parameter).status).toBe(400);
  });
});

describe("pickFields", () => {
  it("shows all members, or those of the set in their own order", () => {
    expect(pickFields(MEMBERS, undefined, READABLE)).toBe(MEMBERS);
    expect(Object.keys(pickFields(MEMBERS, new Set(["price", "id"]), READABLE))).toEqual(["id", "price"]);
    expect(pickFields(MEMBERS, new Set(["id", "absent"]), READABLE)).toEqual({ id: "x" });
  });

  it("shows nothing that is not readable, asked for or not", () => {
    expect(pickFields(MEMBERS, undefined, ["id", "name"])).toEqual({ id: "x", name: "Lamp" });
    expect(pickFields(MEMBERS, new Set(["id", "price"]), ["id", "name"])).toEqual({ id: "x" });
  });
});

function refusalOf(parameter: string): Problem {
  try {
    readFields(parameter, READABLE);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("not refused");
}
