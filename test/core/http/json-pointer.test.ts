import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStringPointer, pointerOf } from "#core/http/json-pointer.ts";

describe("pointerOf", () => {
  it.each<[string, (string | number)[], string]>([
    ["the whole document", [], "#"],
    ["members and indexes", ["items", 0, "price"], "#/items/0/price"],
    ["the empty key", [""], "#/"],
    ["a slash", ["a/b"], "#/a~1b"],
    ["a tilde", ["m~n"], "#/m~0n"],
    ["a tilde before a digit", ["~1"], "#/~01"],
    ["a per cent sign", ["c%d"], "#/c%25d"],
    ["a caret", ["e^f"], "#/e%5Ef"],
    ["a bar", ["g|h"], "#/g%7Ch"],
    ["a backslash", ["i\\j"], "#/i%5Cj"],
    ["a quote", ['k"l'], "#/k%22l"],
    ["a space", [" "], "#/%20"],
    ["a number sign", ["#"], "#/%23"],
    ["signs that a fragment may hold", ["a:b@c?d=e"], "#/a:b@c?d=e"],
    ["letters beyond ASCII", ["é"], "#/%C3%A9"],
    ["half of a surrogate pair, which UTF-8 cannot write", ["\ud800"], "#/%EF%BF%BD"],
  ])("writes %s", (_name, path, expected) => {
    expect(pointerOf(path)).toBe(expected);
  });

  it("can be parsed again, and contains only characters of a fragment", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (path) => {
        const pointer = pointerOf(path);
        expect(parseStringPointer(decodeURIComponent(pointer.slice(1)))).toEqual(path);
        expect(pointer).toMatch(/^#(\/([A-Za-z0-9\-._~!$&'()*+,;=:@?]|%[0-9A-F]{2})*)*$/);
      }),
    );
  });
});

describe("parseStringPointer", () => {
  it.each<[string, string[] | undefined]>([
    ["", []],
    ["/", [""]],
    ["/foo", ["foo"]],
    ["/foo/0", ["foo", "0"]],
    ["/a~1b", ["a/b"]],
    ["/m~0n", ["m~n"]],
    ["/~01", ["~1"]],
    ["/~10", ["/0"]],
    ["/c%d", ["c%d"]],
    ["/a//b/", ["a", "", "b", ""]],
    ["foo", undefined],
    ["foo/bar", undefined],
    [" /foo", undefined],
    ["/~", undefined],
    ["/~2", undefined],
    ["/a~", undefined],
    ["/~0~", undefined],
    ["#foo", undefined],
  ])("reads %j", (text, expected) => {
    expect(parseStringPointer(text)).toEqual(expected);
  });

  it("does not accept a fragment as a pointer", () => {
    expect(parseStringPointer("#/foo")).toBeUndefined();
    expect(parseStringPointer("#")).toBeUndefined();
    expect(parseStringPointer("/#")).toEqual(["#"]);
  });
});
