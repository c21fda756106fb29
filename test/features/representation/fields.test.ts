import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import { pickFields, readFields } from "#features/representation/fields.ts";

const READABLE = ["id", "name", "price"];
const MEMBERS = { id: "x", name: "Lamp", price: { amount: 1 } };

describe("readFields", () => {
  it("returns undefined without a parameter", () => {
    expect(readFields(undefined, READABLE)).toBeUndefined();
  });

  it("E01 E04 returns the requested names and the id, in any order and with repetitions", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...READABLE), { minLength: 1 }), (names) => {
        expect(readFields(names.join(","), READABLE)).toEqual(new Set(["id", ...names]));
      }),
    );
  });

  it("E02 E03 refuses every name that is not readable, and lists the readable ones", () => {
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
  it("returns all members, or the requested ones in the order of the resource", () => {
    expect(pickFields(MEMBERS, undefined, READABLE)).toBe(MEMBERS);
    expect(Object.keys(pickFields(MEMBERS, new Set(["price", "id"]), READABLE))).toEqual(["id", "price"]);
    expect(pickFields(MEMBERS, new Set(["id", "absent"]), READABLE)).toEqual({ id: "x" });
  });

  it("returns no unreadable member, even if it is requested", () => {
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
