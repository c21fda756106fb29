import * as fc from "fast-check";
import { createPatch } from "rfc6902";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "#core/http/json.ts";
import { applyJsonPatch, JsonPatchError, type JsonPatchFault, type JsonPatchLimits } from "#core/http/json-patch.ts";

type Refusal = [fault: JsonPatchFault, operation: number | undefined, pointer: string];

function refusalOf(target: JsonValue, patch: JsonValue, limits?: JsonPatchLimits): Refusal {
  try {
    applyJsonPatch(target, patch, limits);
  } catch (error) {
    if (error instanceof JsonPatchError) return [error.fault, error.operation, error.pointer ?? ""];
    throw error;
  }
  throw new Error("the patch was accepted");
}

describe("applyJsonPatch applies", () => {
  it.each<[name: string, target: JsonValue, patch: JsonValue[], expected: JsonValue]>([
    ["nothing", { a: 1 }, [], { a: 1 }],
    ["add: a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["add: over a member", { a: 1 }, [{ op: "add", path: "/a", value: [2] }], { a: [2] }],
    ["add: null", {}, [{ op: "add", path: "/a", value: null }], { a: null }],
    ["add: false", {}, [{ op: "add", path: "/a", value: false }], { a: false }],
    ["add: the empty key", {}, [{ op: "add", path: "/", value: 1 }], { "": 1 }],
    ["add: below the empty key", { "": {} }, [{ op: "add", path: "//", value: 1 }], { "": { "": 1 } }],
    ["add: an element in front", [1], [{ op: "add", path: "/0", value: 0 }], [0, 1]],
    ["add: an element between", ["a", "c"], [{ op: "add", path: "/1", value: "b" }], ["a", "b", "c"]],
    ["add: an element at the end", [0], [{ op: "add", path: "/1", value: 1 }], [0, 1]],
    ["add: an element with -", [0], [{ op: "add", path: "/-", value: [1] }], [0, [1]]],
    ["add: an array as one element", [1], [{ op: "add", path: "/0", value: [2, 3] }], [[2, 3], 1]],
    ["add: into a nested array", { a: [{}] }, [{ op: "add", path: "/a/0/b", value: 1 }], { a: [{ b: 1 }] }],
    ["add: a numeric key of an object", {}, [{ op: "add", path: "/01", value: 1 }], { "01": 1 }],
    ["add: the key - of an object", {}, [{ op: "add", path: "/-", value: 1 }], { "-": 1 }],
    ["add: the whole document", { a: 1 }, [{ op: "add", path: "", value: [1] }], [1]],
    ["add: an inherited name", {}, [{ op: "add", path: "/toString", value: 1 }], { toString: 1 }],
    ["add: ~0 and ~1", {}, [{ op: "add", path: "/a~1b~0c", value: 1 }], { "a/b~c": 1 }],
    ["add: ~01 as ~1", {}, [{ op: "add", path: "/~01", value: 1 }], { "~1": 1 }],
    ["add: per cent signs as they are", {}, [{ op: "add", path: "/a%20b", value: 1 }], { "a%20b": 1 }],
    [
      "add: unknown members of an operation are ignored",
      {},
      [{ op: "add", path: "/a", value: 1, from: 3, x: 4 }],
      { a: 1 },
    ],
    ["remove: a member", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    ["remove: a null", { a: null }, [{ op: "remove", path: "/a" }], {}],
    ["remove: an element", [1, 2, 3], [{ op: "remove", path: "/1" }], [1, 3]],
    [
      "remove: the first element twice",
      [1, 2, 3],
      [
        { op: "remove", path: "/0" },
        { op: "remove", path: "/0" },
      ],
      [3],
    ],
    ["remove: a member named length", { length: 1 }, [{ op: "remove", path: "/length" }], {}],
    ["replace: a member", { a: 1, b: 2 }, [{ op: "replace", path: "/a", value: { c: 3 } }], { a: { c: 3 }, b: 2 }],
    ["replace: by null", { a: 1 }, [{ op: "replace", path: "/a", value: null }], { a: null }],
    ["replace: a null", { a: null }, [{ op: "replace", path: "/a", value: 1 }], { a: 1 }],
    ["replace: an element", [1, 2], [{ op: "replace", path: "/1", value: 3 }], [1, 3]],
    ["replace: the whole document", { a: 1 }, [{ op: "replace", path: "", value: null }], null],
    ["move: a member", { a: 1, b: {} }, [{ op: "move", from: "/a", path: "/b/c" }], { b: { c: 1 } }],
    ["move: a null", { a: null }, [{ op: "move", from: "/a", path: "/b" }], { b: null }],
    ["move: over a member", { a: 1, b: 2 }, [{ op: "move", from: "/a", path: "/b" }], { b: 1 }],
    ["move: to where it is", { a: 1 }, [{ op: "move", from: "/a", path: "/a" }], { a: 1 }],
    ["move: the document to where it is", { a: 1 }, [{ op: "move", from: "", path: "" }], { a: 1 }],
    ["move: an element up", [1, 2, 3], [{ op: "move", from: "/0", path: "/2" }], [2, 3, 1]],
    ["move: an element down", [1, 2, 3], [{ op: "move", from: "/2", path: "/0" }], [3, 1, 2]],
    ["move: an element to the end", [1, 2, 3], [{ op: "move", from: "/0", path: "/-" }], [2, 3, 1]],
    [
      "move: counts after the removal",
      [0, { a: 1 }, { b: 2 }],
      [{ op: "move", from: "/0", path: "/1/c" }],
      [{ a: 1 }, { b: 2, c: 0 }],
    ],
    ["move: to the root", { a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "" }], 1],
    ["move: to a name it begins", { a: 1 }, [{ op: "move", from: "/a", path: "/ab" }], { ab: 1 }],
    ["copy: a member", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    ["copy: a null", { a: null }, [{ op: "copy", from: "/a", path: "/b" }], { a: null, b: null }],
    ["copy: into itself", { a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/a/c" }], { a: { b: 1, c: { b: 1 } } }],
    ["copy: the document into itself", { a: 1 }, [{ op: "copy", from: "", path: "/b" }], { a: 1, b: { a: 1 } }],
    ["copy: to the root", { a: [1] }, [{ op: "copy", from: "/a", path: "" }], [1]],
    ["copy: an element", [1, 2], [{ op: "copy", from: "/1", path: "/0" }], [2, 1, 2]],
    [
      "copy: not a reference",
      { a: {} },
      [
        { op: "copy", from: "/a", path: "/b" },
        { op: "add", path: "/b/c", value: 1 },
      ],
      { a: {}, b: { c: 1 } },
    ],
    ["test: the document", { a: 1 }, [{ op: "test", path: "", value: { a: 1 } }], { a: 1 }],
    [
      "test: members in another order",
      { a: { b: 1, c: 2 } },
      [{ op: "test", path: "/a", value: { c: 2, b: 1 } }],
      { a: { b: 1, c: 2 } },
    ],
    ["test: null", { a: null }, [{ op: "test", path: "/a", value: null }], { a: null }],
    ["test: a number written otherwise", [JSON.parse("1e1")], [{ op: "test", path: "/0", value: 10 }], [10]],
    ["test: an array of objects", [[{ a: [] }]], [{ op: "test", path: "/0", value: [{ a: [] }] }], [[{ a: [] }]]],
    ["test: the key ~1", { "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "~1": 10 }],
    [
      "a test between changes",
      { a: 1 },
      [
        { op: "test", path: "/a", value: 1 },
        { op: "replace", path: "/a", value: 2 },
        { op: "test", path: "/a", value: 2 },
        { op: "move", from: "/a", path: "/b" },
      ],
      { b: 2 },
    ],
  ])("%s", (_name, target, patch, expected) => {
    const before = JSON.stringify([target, patch]);
    const result = applyJsonPatch(target, patch);
    expect(result).toStrictEqual(expected);
    expect(JSON.stringify([target, patch])).toBe(before);
  });
});

describe("applyJsonPatch refuses", () => {
  const document: JsonValue = { a: 1, list: [1, 2], o: { p: { q: [{}] } }, s: "text", n: null };
  const deep: JsonValue = JSON.parse(`${"[".repeat(33)}${"]".repeat(33)}`);

  it.each<[name: string, patch: JsonValue, ...Refusal]>([
    ["an object", { op: "add", path: "/b", value: 1 }, "not-an-array", undefined, "#"],
    ["null", null, "not-an-array", undefined, "#"],
    ["a string", "[]", "not-an-array", undefined, "#"],
    ["an operation that is a string", ["add"], "malformed-operation", 0, "#/0"],
    ["an operation that is null", [null], "malformed-operation", 0, "#/0"],
    ["an operation that is an array", [[]], "malformed-operation", 0, "#/0"],
    ["no op", [{ path: "/a" }], "malformed-operation", 0, "#/0"],
    ["an unknown op", [{ op: "spam", path: "/a" }], "malformed-operation", 0, "#/0/op"],
    ["an op in capitals", [{ op: "Remove", path: "/a" }], "malformed-operation", 0, "#/0/op"],
    ["an inherited op", [{ op: "toString", path: "/a" }], "malformed-operation", 0, "#/0/op"],
    ["an op that is a list", [{ op: ["remove"], path: "/a" }], "malformed-operation", 0, "#/0/op"],
    ["no path", [{ op: "add", value: 1 }], "malformed-operation", 0, "#/0"],
    ["a null path", [{ op: "add", path: null, value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a number for a path", [{ op: "remove", path: 0 }], "malformed-operation", 0, "#/0/path"],
    ["an array for a path", [{ op: "remove", path: ["a"] }], "malformed-operation", 0, "#/0/path"],
    ["a path without a slash", [{ op: "add", path: "b", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a path as a fragment", [{ op: "remove", path: "#/a" }], "malformed-operation", 0, "#/0/path"],
    ["a broken escape", [{ op: "add", path: "/~2", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["an open escape", [{ op: "add", path: "/a~", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["add without a value", [{ op: "add", path: "/b" }], "malformed-operation", 0, "#/0"],
    ["replace without a value", [{ op: "replace", path: "/a" }], "malformed-operation", 0, "#/0"],
    ["test without a value", [{ op: "test", path: "/missing" }], "malformed-operation", 0, "#/0"],
    ["move without from", [{ op: "move", path: "/a" }], "malformed-operation", 0, "#/0"],
    ["copy without from", [{ op: "copy", path: "/a" }], "malformed-operation", 0, "#/0"],
    ["a from that is not a string", [{ op: "copy", from: 1, path: "/a" }], "malformed-operation", 0, "#/0/from"],
    ["a from without a slash", [{ op: "move", from: "a", path: "/b" }], "malformed-operation", 0, "#/0/from"],
    ["add through __proto__", [{ op: "add", path: "/__proto__/x", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["add of constructor", [{ op: "add", path: "/constructor", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["add of o/prototype", [{ op: "add", path: "/o/prototype/x", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a test of __proto__", [{ op: "test", path: "/__proto__", value: {} }], "malformed-operation", 0, "#/0/path"],
    ["a move from __proto__", [{ op: "move", from: "/__proto__", path: "/b" }], "malformed-operation", 0, "#/0/from"],
    [
      "a copy from constructor",
      [{ op: "copy", from: "/constructor", path: "/b" }],
      "malformed-operation",
      0,
      "#/0/from",
    ],
    [
      "a value with a prototype",
      [{ op: "add", path: "/b", value: [{ constructor: 1 }] }],
      "malformed-operation",
      0,
      "#/0/value",
    ],
    ["a value of 33 levels", [{ op: "add", path: "/b", value: deep }], "malformed-operation", 0, "#/0/value"],
    ["remove of the document", [{ op: "remove", path: "" }], "malformed-operation", 0, "#/0/path"],
    ["move into a child", [{ op: "move", from: "/o", path: "/o/p/r" }], "malformed-operation", 0, "#/0/path"],
    ["move of the root into a child", [{ op: "move", from: "", path: "/x" }], "malformed-operation", 0, "#/0/path"],
    ["a leading zero", [{ op: "replace", path: "/list/01", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a double zero", [{ op: "remove", path: "/list/00" }], "malformed-operation", 0, "#/0/path"],
    [
      "a leading zero in the middle",
      [{ op: "add", path: "/o/p/q/00/x", value: 1 }],
      "malformed-operation",
      0,
      "#/0/path",
    ],
    ["a leading zero in from", [{ op: "copy", from: "/list/01", path: "/b" }], "malformed-operation", 0, "#/0/from"],
    ["a negative index", [{ op: "add", path: "/list/-1", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a signed index", [{ op: "add", path: "/list/+1", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["an index with an exponent", [{ op: "test", path: "/list/1e0", value: 2 }], "malformed-operation", 0, "#/0/path"],
    ["a fractional index", [{ op: "add", path: "/list/1.0", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["an empty index", [{ op: "add", path: "/list/", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["an index in other digits", [{ op: "test", path: "/list/١", value: 2 }], "malformed-operation", 0, "#/0/path"],
    ["the length of an array", [{ op: "remove", path: "/list/length" }], "malformed-operation", 0, "#/0/path"],
    ["a key of an array", [{ op: "add", path: "/list/x", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["a method of an array", [{ op: "replace", path: "/list/push", value: 1 }], "malformed-operation", 0, "#/0/path"],
    ["add beyond the end", [{ op: "add", path: "/list/3", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add far beyond", [{ op: "add", path: `/list/${"9".repeat(400)}`, value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below a missing parent", [{ op: "add", path: "/x/y", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below a number", [{ op: "add", path: "/a/b", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below a string", [{ op: "add", path: "/s/0", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below a null", [{ op: "add", path: "/n/b", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below an inherited member", [{ op: "add", path: "/toString/x", value: 1 }], "missing-path", 0, "#/0/path"],
    ["add below -", [{ op: "add", path: "/list/-/x", value: 1 }], "missing-path", 0, "#/0/path"],
    ["remove of a missing member", [{ op: "remove", path: "/x" }], "missing-path", 0, "#/0/path"],
    ["remove of an inherited member", [{ op: "remove", path: "/toString" }], "missing-path", 0, "#/0/path"],
    ["remove beyond the end", [{ op: "remove", path: "/list/2" }], "missing-path", 0, "#/0/path"],
    ["remove of -", [{ op: "remove", path: "/list/-" }], "missing-path", 0, "#/0/path"],
    ["remove of a letter of a string", [{ op: "remove", path: "/s/0" }], "missing-path", 0, "#/0/path"],
    ["replace of a missing member", [{ op: "replace", path: "/x", value: 1 }], "missing-path", 0, "#/0/path"],
    ["replace of an inherited member", [{ op: "replace", path: "/valueOf", value: 1 }], "missing-path", 0, "#/0/path"],
    ["replace beyond the end", [{ op: "replace", path: "/list/2", value: 1 }], "missing-path", 0, "#/0/path"],
    ["replace of -", [{ op: "replace", path: "/list/-", value: 1 }], "missing-path", 0, "#/0/path"],
    ["move from nowhere", [{ op: "move", from: "/x", path: "/a" }], "missing-path", 0, "#/0/from"],
    ["move from nowhere to itself", [{ op: "move", from: "/x", path: "/x" }], "missing-path", 0, "#/0/from"],
    ["move to nowhere", [{ op: "move", from: "/a", path: "/x/y" }], "missing-path", 0, "#/0/path"],
    [
      "move beyond the shortened end",
      [{ op: "move", from: "/list/0", path: "/list/2" }],
      "missing-path",
      0,
      "#/0/path",
    ],
    ["move from -", [{ op: "move", from: "/list/-", path: "/b" }], "missing-path", 0, "#/0/from"],
    ["copy from nowhere", [{ op: "copy", from: "/x", path: "/b" }], "missing-path", 0, "#/0/from"],
    ["copy from an inherited member", [{ op: "copy", from: "/toString", path: "/b" }], "missing-path", 0, "#/0/from"],
    ["copy to nowhere", [{ op: "copy", from: "/a", path: "/x/y" }], "missing-path", 0, "#/0/path"],
    ["copy beyond the end", [{ op: "copy", from: "/a", path: "/list/3" }], "missing-path", 0, "#/0/path"],
    ["test of a missing member", [{ op: "test", path: "/x", value: null }], "missing-path", 0, "#/0/path"],
    ["test of an inherited member", [{ op: "test", path: "/toString", value: null }], "missing-path", 0, "#/0/path"],
    ["test beyond the end", [{ op: "test", path: "/list/2", value: null }], "missing-path", 0, "#/0/path"],
    ["test of a number as a string", [{ op: "test", path: "/a", value: "1" }], "test-failed", 0, "#/0/value"],
    ["test of another number", [{ op: "test", path: "/a", value: 2 }], "test-failed", 0, "#/0/value"],
    ["test of null against an object", [{ op: "test", path: "/n", value: {} }], "test-failed", 0, "#/0/value"],
    [
      "test of elements in another order",
      [{ op: "test", path: "/list", value: [2, 1] }],
      "test-failed",
      0,
      "#/0/value",
    ],
    ["test of fewer elements", [{ op: "test", path: "/list", value: [1] }], "test-failed", 0, "#/0/value"],
    [
      "test of an array as an object",
      [{ op: "test", path: "/list", value: { 0: 1, 1: 2 } }],
      "test-failed",
      0,
      "#/0/value",
    ],
    ["test of an object with more", [{ op: "test", path: "/o", value: {} }], "test-failed", 0, "#/0/value"],
    [
      "test of an object with another key",
      [{ op: "test", path: "/o", value: { toString: 1 } }],
      "test-failed",
      0,
      "#/0/value",
    ],
    [
      "the second operation",
      [
        { op: "remove", path: "/a" },
        { op: "remove", path: "/a" },
      ],
      "missing-path",
      1,
      "#/1/path",
    ],
    [
      "a malformed operation before any state",
      [{ op: "test", path: "/a", value: 2 }, { op: "spam" }],
      "malformed-operation",
      1,
      "#/1/op",
    ],
  ])("%s", (_name, patch, ...refusal) => {
    const before = structuredClone(document);
    expect(refusalOf(document, patch)).toEqual(refusal);
    expect(document).toStrictEqual(before);
    expect("x" in {}).toBe(false);
  });

  it("a whole patch if its last operation fails, and does not change the target", () => {
    const target = { a: [1, { b: 2 }] };
    const patch = [
      { op: "add", path: "/a/1/c", value: 3 },
      { op: "move", from: "/a/0", path: "/z" },
      { op: "test", path: "/z", value: 2 },
    ];
    expect(refusalOf(target, patch)).toEqual(["test-failed", 2, "#/2/value"]);
    expect(target).toStrictEqual({ a: [1, { b: 2 }] });
  });

  it("more operations than the limit", () => {
    const tests = Array.from({ length: 101 }, () => ({ op: "test", path: "/a", value: 1 }));
    expect(refusalOf({ a: 1 }, tests)).toEqual(["too-many-operations", undefined, "#"]);
    expect(applyJsonPatch({ a: 1 }, tests.slice(1))).toEqual({ a: 1 });
    expect(refusalOf({ a: 1 }, tests.slice(0, 2), { maxOperations: 1 })).toEqual([
      "too-many-operations",
      undefined,
      "#",
    ]);
  });

  it("a value inherited from a prototype", () => {
    const operation = Object.assign(Object.create({ value: 1 }), { op: "add", path: "/a" }) as JsonValue; // as if polluted
    expect(refusalOf({}, [operation])).toEqual(["malformed-operation", 0, "#/0"]);
  });
});

describe("applyJsonPatch limits the work and the result of a patch", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index);

  it("when copies double an array", { timeout: 2000 }, () => {
    const patch = hundred.map(() => ({ op: "copy", from: "/a", path: "/a/-" }));
    const [fault, operation] = refusalOf({ a: ["0123456789"] }, patch);
    expect(fault).toBe("too-large");
    expect(operation).toBeLessThan(20);
  });

  it("when copies double the document", { timeout: 2000 }, () => {
    const patch = hundred.map((index) => ({ op: "copy", from: "", path: `/${index}` }));
    expect(refusalOf({ a: "0123456789" }, patch)[0]).toBe("too-large");
  });

  it("when copies of one large value overwrite each other", { timeout: 2000 }, () => {
    const patch = hundred.map(() => ({ op: "copy", from: "/a", path: "/b" }));
    expect(refusalOf({ a: "x".repeat(300_000) }, patch)).toEqual(["too-large", 3, "#/3/from"]);
  });

  it("when the result has more UTF-8 bytes than allowed", () => {
    const patch = [{ op: "add", path: "/a", value: "é" }];
    expect(applyJsonPatch({}, patch, { maxBytes: 10 })).toEqual({ a: "é" });
    expect(refusalOf({}, patch, { maxBytes: 9 })).toEqual(["too-large", undefined, "#"]);
  });

  it("but not the size of intermediate results", () => {
    const patch = [
      { op: "add", path: "/a", value: "x".repeat(100) },
      { op: "remove", path: "/a" },
    ];
    expect(applyJsonPatch({}, patch, { maxBytes: 10 })).toEqual({});
  });

  it("when additions nest deeper and deeper", { timeout: 2000 }, () => {
    const nest: JsonValue = JSON.parse(`${"[".repeat(31)}${"]".repeat(31)}`);
    const patch = hundred.map((index) => ({ op: "add", path: `${"/0".repeat(index * 31)}/-`, value: nest }));
    expect(refusalOf([], patch)).toEqual(["too-large", undefined, "#"]);
    expect(applyJsonPatch([], patch.slice(0, 1))).toEqual([nest]);
    expect(refusalOf([], [...patch.slice(0, 99), { op: "copy", from: "", path: "/-" }])[0]).toBe("too-large");
  });

  it("and moves a large value a hundred times quickly", { timeout: 2000 }, () => {
    const target = { a: Array.from({ length: 100_000 }, () => [0]) };
    const patch = hundred.map((index) => (index % 2 ? { from: "/b", path: "/a" } : { from: "/a", path: "/b" }));
    const result = applyJsonPatch(
      target,
      patch.map((move) => ({ op: "move", ...move })),
    );
    expect(JSON.stringify(result)).toBe(JSON.stringify(target));
  });

  it("and compares large arrays in linear time", { timeout: 2000 }, () => {
    const list = Array.from({ length: 100_000 }, (_, index) => index);
    const other = [...list.slice(1), 0];
    expect(applyJsonPatch({ list }, [{ op: "test", path: "/list", value: list }])).toEqual({ list });
    expect(refusalOf({ list }, [{ op: "test", path: "/list", value: other }])[0]).toBe("test-failed");
  });
});

describe("applyJsonPatch", () => {
  const harmless = fc
    .json({ maxDepth: 3 })
    .filter((text) => !/__proto__|constructor|prototype/.test(text))
    .map((text) => JSON.parse(text) as JsonValue); // what JSON.parse makes

  it("shares no objects with its arguments", () => {
    const target = { a: { b: 1 } };
    const value = { c: 1 };
    const result = applyJsonPatch(target, [{ op: "add", path: "/d", value }]) as { a: object; d: object }; // by the patch
    expect(result.a).not.toBe(target.a);
    expect(result.d).not.toBe(value);
  });

  it("turns any document into any other with a generated patch", () => {
    fc.assert(
      fc.property(harmless, harmless, (from, to) => {
        const patch = JSON.parse(JSON.stringify(createPatch(from, to))) as JsonValue; // operations are JSON
        expect(applyJsonPatch(from, patch, { maxOperations: 1000 })).toEqual(to);
      }),
    );
  });

  it("throws only JsonPatchError and does not change the target, for any patch", () => {
    const pointer = fc
      .array(fc.constantFrom("a", "b", "0", "1", "-", "01", "", "~0", "~", "toString", "__proto__", "length"), {
        maxLength: 3,
      })
      .map((tokens) => tokens.map((token) => `/${token}`).join(""));
    const operation = fc.record(
      {
        op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "spam"),
        path: pointer,
        from: pointer,
        value: fc.constantFrom<JsonValue>(null, 1, [], {}, [1, 2], { a: [1], b: { 0: 1 } }),
      },
      { requiredKeys: ["op", "path"] },
    );
    const target: JsonValue = { a: [1, { b: [] }], b: { 0: "x", "": null }, "~": 1 };
    const before = structuredClone(target);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), (patch) => {
        try {
          const result = applyJsonPatch(target, patch);
          expect(JSON.parse(JSON.stringify(result))).toStrictEqual(result);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonPatchError);
        }
        expect(target).toStrictEqual(before);
      }),
      { numRuns: 2000 },
    );
  });
});
