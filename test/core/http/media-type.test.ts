import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUtf8, negotiate, parseMediaType } from "#core/http/media-type.ts";

const JSON_TYPE = "application/json";
const HAL = "application/hal+json";
const JSON_API = "application/vnd.api+json";
const OFFERS = [JSON_TYPE, HAL, JSON_API] as const;

describe("parseMediaType", () => {
  it.each<[string, string, Array<[string, string]>]>([
    ["application/json", JSON_TYPE, []],
    ["Application/JSON", JSON_TYPE, []],
    [" \tapplication/json\t", JSON_TYPE, []],
    ["application/json;charset=utf-8", JSON_TYPE, [["charset", "utf-8"]]],
    ["application/json ; Charset=UTF-8", JSON_TYPE, [["charset", "UTF-8"]]],
    ['application/json;charset="utf-8"', JSON_TYPE, [["charset", "utf-8"]]],
    ['a/b;x="a;b,c=\\"d\\\\"', "a/b", [["x", 'a;b,c="d\\']]],
    ['a/b;x=""', "a/b", [["x", ""]]],
    ['a/b;x="\tä"', "a/b", [["x", "\tä"]]],
    [
      "a/b;x=1 ;\ty=2",
      "a/b",
      [
        ["x", "1"],
        ["y", "2"],
      ],
    ],
    ["a/b;", "a/b", []],
    ["a/b;; ;x=1;", "a/b", [["x", "1"]]],
    ["a/b;__proto__=1", "a/b", [["__proto__", "1"]]],
    ["application/merge-patch+json", "application/merge-patch+json", []],
  ])("E10 reads %j", (text, essence, parameters) => {
    expect(parseMediaType(text)).toEqual({ essence, parameters: new Map(parameters) });
  });

  it.each([
    "",
    " ",
    "json",
    "/",
    "a/",
    "/b",
    "a /b",
    "a/ b",
    "a/b/c",
    "a/b c",
    "a/b,c/d",
    "a/b;x",
    "a/b;x=",
    "a/b;=1",
    "a/b;x =1",
    "a/b;x= 1",
    'a/b;x="',
    'a/b;x="1',
    'a/b;x="1\\"',
    'a/b;x="1\\',
    'a/b;x="1"2',
    'a/b;x="\n"',
    "a/b;x=1;X=2",
    "a/b x=1",
    "a/b\xa0",
    "a/b\r\n",
    "ä/b",
    "*/*",
    "text/*",
    "*/json",
  ])("E10 refuses %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  it("parses any quoted value", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'aZ0 \t"\\;,=/é\xff'), { maxLength: 20 }), (characters) => {
        const quoted = characters.map((character) => (/["\\]/.test(character) ? `\\${character}` : character)).join("");
        expect(parseMediaType(`a/b; x="${quoted}"; y=1`)?.parameters).toEqual(
          new Map([
            ["x", characters.join("")],
            ["y", "1"],
          ]),
        );
      }),
    );
  });
});

describe("negotiate", () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, JSON_TYPE],
    ["", JSON_TYPE],
    [" ", JSON_TYPE],
    [", ,", JSON_TYPE],
    ["*/*", JSON_TYPE],
    ["application/*", JSON_TYPE],
    ["application/json", JSON_TYPE],
    ["APPLICATION/HAL+JSON", HAL],
    ["application/vnd.api+json", JSON_API],
    ["application/vnd.api+json, application/hal+json", HAL],
    ["text/html, application/hal+json", HAL],
    // Weights.
    ["application/json;q=0.5, application/hal+json;q=0.9", HAL],
    ["application/json;q=0.899, application/hal+json;q=0.9", HAL],
    ["application/json; Q=0.1 , application/vnd.api+json ; q=0.2", JSON_API],
    ["application/json;q=0.001", JSON_TYPE],
    ['application/json;q="0.1", application/hal+json;q=0.2', HAL],
    ["*/*;q=0.1, application/vnd.api+json", JSON_API],
    ["application/hal+json;q=1., application/json;q=0.9", HAL],
    ["application/hal+json;q=1.000, application/json;q=0.9", HAL],
    // Exclusion.
    ["application/json;q=0", undefined],
    ["application/json;q=0.000", undefined],
    ["*/*;q=0", undefined],
    ["application/json;q=0, */*", HAL],
    ["*/*, application/json;q=0, application/hal+json;q=0.0", JSON_API],
    ["application/*;q=0, application/hal+json;q=0.1", HAL],
    ["application/*;q=0, */*", undefined],
    // Specificity beats order.
    ["*/*, application/json;q=0.1", HAL],
    ["application/json;q=0.1, */*", HAL],
    ["application/*;q=0.2, */*;q=0.9", JSON_TYPE],
    ["*/*;q=0.9, application/*;q=0.2, application/vnd.api+json;q=0.3", JSON_API],
    ["application/hal+json;q=0.2, application/hal+json;q=0.8, application/json;q=0.5", HAL],
    ["application/hal+json;q=0.8, application/hal+json;q=0.2, application/json;q=0.5", HAL],
    // A weight without its leading zero, as java.net.HttpURLConnection sends it.
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON_TYPE],
    ["application/json;q=.5, application/hal+json;q=.6", HAL],
    ["application/json;q=.0", undefined],
    // Malformed weights and members are ignored.
    ["application/json;q=2", undefined],
    ["application/json;q=1.001", undefined],
    ["application/json;q=0.1234", undefined],
    ["application/json;q=-1", undefined],
    ["application/json;q=.", undefined],
    ["application/json;q=.1234", undefined],
    ["application/json;q=abc", undefined],
    ["application/json;q=", undefined],
    ["application/json;q", undefined],
    ["application/json;q=1e0", undefined],
    ["application/json;q=0.5;q=0.6", undefined],
    ["application/json;q=x, application/hal+json;q=0.1", HAL],
    ["json", undefined],
    ["json, application/hal+json", HAL],
    ["*", undefined],
    ["*/json", undefined],
    ["application/json application/hal+json", undefined],
    ['application/json;x="', undefined],
    ['text/plain;x=", application/json', undefined],
    ['text/plain;x=",", application/hal+json', HAL],
    ['text/plain;x="\\",", application/hal+json', HAL],
    ["text/html", undefined],
    ["text/*", undefined],
    ["app/*", undefined],
    ["application/jso", undefined],
    // Parameters.
    ["application/json;charset=utf-8", JSON_TYPE],
    ['application/json; charset="UTF-8"; q=0.3', JSON_TYPE],
    ["application/hal+json;charset=utf-8", HAL],
    ["application/json;charset=utf8", JSON_TYPE],
    ["application/json;charset=iso-8859-1", undefined],
    ["application/json;version=2", undefined],
    ["application/json;version=2, application/hal+json;q=0.1", HAL],
    ["application/json;q=0.9;level=1", undefined],
    ["*/*;charset=utf-8", JSON_TYPE],
    ['application/vnd.api+json;profile="https://example.com/p"', JSON_API],
    ['application/vnd.api+json;q=0.5;profile="a b"', JSON_API],
    ['application/vnd.api+json;ext="https://example.com/e"', undefined],
    ["application/vnd.api+json;charset=utf-8", undefined],
    ['application/vnd.api+json;profile="a";ext="b"', undefined],
    ["application/vnd.api+json;charset=utf-8, application/vnd.api+json", JSON_API],
    ["application/vnd.api+json;charset=utf-8, application/json;q=0.1", JSON_TYPE],
    ["application/vnd.api+json;ext=x;q=0, application/vnd.api+json;q=0.1", JSON_API],
    // What browsers and tools send.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", JSON_TYPE],
    ["application/json, text/plain, */*", JSON_TYPE],
  ])("E10 Accept: %j selects %s", (accept, offer) => {
    expect(negotiate(accept, OFFERS)).toBe(offer);
  });

  it("E10 prefers the server's order in a tie, for any order of the client", () => {
    const accept = `${JSON_API}, ${JSON_TYPE}, ${HAL}`;
    expect(negotiate(accept, [HAL, JSON_API, JSON_TYPE])).toBe(HAL);
    expect(negotiate(accept, [JSON_API, HAL, JSON_TYPE])).toBe(JSON_API);
    expect(negotiate("*/*", [HAL, JSON_TYPE])).toBe(HAL);
  });

  it("returns undefined without offers", () => {
    expect(negotiate(undefined, [])).toBeUndefined();
    expect(negotiate("*/*", [])).toBeUndefined();
  });

  it("E10 ignores the order of the ranges, and returns an offer with the highest weight", () => {
    const range = fc.constantFrom("*/*", "application/*", ...OFFERS, "text/html");
    const weight = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(range, weight), { selector: ([name]) => name, minLength: 1 }), (ranges) => {
        const weights = new Map<string, number>(ranges);
        const weightOf = (offer: string) =>
          weights.get(offer) ?? weights.get("application/*") ?? weights.get("*/*") ?? 0;
        const highest = Math.max(...OFFERS.map(weightOf));
        const expected = highest === 0 ? undefined : OFFERS.find((offer) => weightOf(offer) === highest);
        const header = ranges.map(([name, q]) => `${name};q=${q}`);
        expect(negotiate(header.join(", "), OFFERS)).toBe(expected);
        expect(negotiate(header.toReversed().join(","), OFFERS)).toBe(expected);
      }),
    );
  });

  it("handles any text", () => {
    const fragment = fc.constantFrom("application/json", "*/*", ";", "q=0.5", "q", "=", '"', "\\", ",", " ", "/", "x");
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), (fragments) => {
        expect([undefined, ...OFFERS]).toContain(negotiate(fragments.join(""), OFFERS));
      }),
    );
  });

  it.each([
    ["ranges", "a/b,".repeat(250_000), undefined],
    ["parameters", `application/json${";".repeat(1_000_000)}`, JSON_TYPE],
    ["open quotes", 'a/b;x="\\",'.repeat(100_000), undefined],
    ["blanks", `${" ".repeat(1_000_000)}x`, undefined],
    ["one token", "a".repeat(1_000_000), undefined],
    ["backslashes", `a/b;x="${"\\".repeat(1_000_000)}`, undefined],
    ["weights", `application/json;q=0.${"1".repeat(1_000_000)}`, undefined],
  ])("takes linear time for a megabyte of %s", (_name, accept, offer) => {
    expect(negotiate(accept, OFFERS)).toBe(offer);
  });
});

describe("isUtf8", () => {
  it.each([
    ["text/plain", true],
    ["text/plain; charset=utf-8", true],
    ["text/plain; charset=UTF-8", true],
    ["text/plain; charset=utf8", true],
    ["text/plain; Charset=Utf8", true],
    ['text/plain; charset="UTF8"', true],
    ["text/plain; charset=utf-16", false],
    ["text/plain; charset=utf--8", false],
    ["text/plain; charset=utf-80", false],
    ["text/plain; charset=xutf8", false],
    ["text/plain; charset=us-ascii", false],
    ['text/plain; charset=""', false],
  ])("%s: %s", (text, expected) => {
    const type = parseMediaType(text);
    expect(type !== undefined && isUtf8(type)).toBe(expected);
  });
});
