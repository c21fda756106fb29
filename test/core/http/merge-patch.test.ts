import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "#core/http/json.ts";
import { mergePatch } from "#core/http/merge-patch.ts";

describe("mergePatch", () => {
  it.each<[JsonValue, JsonValue, JsonValue]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("RFC 7396 appendix A: %j patched with %j", (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it("follows the example of RFC 7396 section 3", () => {
    const target = {
      title: "Goodbye!",
      author: { givenName: "John", familyName: "Doe" },
      tags: ["example", "sample"],
      content: "This will be unchanged",
    };
    const patch = {
      title: "Hello!",
      phoneNumber: "+01-123-456-7890",
      author: { familyName: null },
      tags: ["example"],
    };
    expect(mergePatch(target, patch)).toEqual({
      title: "Hello!",
      author: { givenName: "John" },
      tags: ["example"],
      content: "This will be unchanged",
      phoneNumber: "+01-123-456-7890",
    });
  });

  it.each<[string, JsonValue, JsonValue, JsonValue]>([
    ["keeps the nulls inside arrays", { a: [1] }, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
    [
      "keeps members that are absent from the patch",
      { a: 1, b: { c: 2, d: 3 } },
      { b: { c: 4 } },
      { a: 1, b: { c: 4, d: 3 } },
    ],
    ["changes nothing with an empty patch", { a: { b: 1 } }, {}, { a: { b: 1 } }],
    ["ignores the deletion of a missing member", { a: 1 }, { b: null }, { a: 1 }],
    ["turns a scalar into an object", { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ["drops nulls from an object that replaces a null", { a: null }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ["treats inherited names as absent", {}, { toString: { a: 1 }, valueOf: null }, { toString: { a: 1 } }],
  ])("%s", (_name, target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it("keeps the order of members and appends new ones", () => {
    expect(Object.keys(mergePatch({ b: 1, a: 2, c: 3 }, { d: 4, b: 5 }) as object)).toEqual(["b", "a", "c", "d"]); // an object, as both are
  });

  it("treats __proto__ as an ordinary key and does not touch any prototype", () => {
    const patch: JsonValue = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    const result = mergePatch({ a: 1 }, patch) as object; // an object, as both are
    expect(Object.keys(result)).toEqual(["a", "__proto__", "constructor"]);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect("polluted" in result).toBe(false);
    expect("polluted" in {}).toBe(false);
    expect(
      Object.keys(mergePatch(JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":null}')) as object),
    ).toEqual([]); // an object
  });

  // "-0" has no JSON form of its own, so the comparison goes through JSON text.
  const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue); // what JSON.parse makes

  it("does not change its arguments, is idempotent, and removes each member that the patch sets to null", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
        expect(mergePatch(once, patch)).toEqual(once);
        for (const [key, value] of Object.entries(isObject(patch) ? patch : {})) {
          expect(Object.hasOwn(once as object, key)).toBe(value !== null); // an object, because the patch is one
        }
      }),
    );
  });
});

function isObject(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
