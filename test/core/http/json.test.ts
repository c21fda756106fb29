import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonError, type JsonFault, type JsonLimits, type JsonValue, parseJson } from "#core/http/json.ts";

const MEBIBYTE = 1_048_576;

function parse(text: string, limits?: JsonLimits): JsonValue {
  return parseJson(new TextEncoder().encode(text), limits);
}

function faultOf(body: string | number[], limits?: JsonLimits): [JsonFault, string | undefined] {
  try {
    parseJson(typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(body), limits);
  } catch (error) {
    if (error instanceof JsonError) return [error.fault, error.pointer];
    throw error;
  }
  throw new Error("the text was accepted");
}

/** A body of at most one mebibyte that repeats a piece. */
function filled(piece: string, before = "", after = ""): string {
  return before + piece.repeat(Math.floor((MEBIBYTE - before.length - after.length) / piece.length)) + after;
}

describe("parseJson accepts", () => {
  it.each([
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e5",
    "1E+2",
    "1e-2",
    "0e1",
    "-0.0",
    "123456789012345678901234567890",
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "1e-400",
    "0.1e1",
    '""',
    '"a"',
    '"\\u0061"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\\\"',
    '"\\\\\\""',
    '"\\u0001\\u001f"',
    '"\\uD83D\\uDE00"',
    '"\\\\ud800"',
    '"\\\\u0000"',
    '"😀"',
    '"\u2028\u2029"',
    '"\u007f"',
    '"\ufeff"',
    '"\ufdcf\ufdf0\ufffd\u{1fffd}"',
    '"\\ufdcf\\ufdf0\\ufffd\\ud83f\\udffd"',
    '"{[,:]}"',
    '"__proto__"',
    '["constructor","prototype"]',
    "[]",
    "{}",
    "[[],[[]],{}]",
    "[1,2,3]",
    '[null,true,false,0,"",[],{}]',
    " \t\r\n[ \t\r\n] \t\r\n",
    "[ 1 , 2 ]",
    '{"a":1,"b":2}',
    '{ "a" : 1 , "b" : { } }',
    '{"":0}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":["a","a"],"b":"a"}',
    '{"a":1,"A":2,"\\u0062":3}',
    '{"a\\u0301":1,"á":2}',
    '{"__proto":1,"Constructor":2,"prototypes":3}',
    '{"toString":1,"hasOwnProperty":2}',
    '{"1":1,"01":2,"1.0":3}',
    '{"a":"}","b":"]","c":"\\"","d":"{"}',
  ])("%s", (text) => {
    const value = parse(text);
    expect(value).toStrictEqual(JSON.parse(text));
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
  });
});

describe("parseJson refuses as a syntax error", () => {
  it.each([
    "[",
    "]",
    "{",
    "}",
    "[}",
    "{]",
    "[1}",
    '{"a":1]',
    "[]]",
    "{}}",
    "[[]",
    "[,]",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1 "b":2}',
    '{"a" 1}',
    '{"a"::1}',
    '{"a":1:2}',
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{[]:1}",
    ":",
    ",",
    "nul",
    "nulll",
    "NULL",
    "True",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    "+1",
    "-",
    "--1",
    "01",
    "-01",
    "1.",
    ".5",
    "-.5",
    "1e",
    "1e+",
    "1.e1",
    "1e1.5",
    "0x10",
    "1_000",
    "1 2",
    "1,2",
    "{}{}",
    "[][]",
    '"a" "b"',
    '"',
    '"a',
    '"\\"',
    '"\\',
    "'a'",
    '"\\x41"',
    '"\\u12"',
    '"\\u12G4"',
    '"\\U0041"',
    '"\\a"',
    '"\\0"',
    '"\n"',
    '"\t"',
    '"\u001f"',
    "// a\n1",
    "/* a */1",
    "1 // a",
    "\u00a01",
    "\u000b1",
    "\f1",
    "1\0",
    "[\0]",
    "\u20281",
    "1\ufeff",
    "[1]x",
    '{"a":1}#',
    "<a/>",
    "a=1&b=2",
  ])("%j", (text) => {
    expect(faultOf(text)).toEqual(["syntax", undefined]);
  });
});

describe("parseJson refuses", () => {
  it.each<[JsonFault, string | undefined, string, string | number[]]>([
    ["empty", undefined, "no bytes", ""],
    ["empty", undefined, "white space", " \r\n\t "],
    ["byte-order-mark", undefined, "a mark before a value", [0xef, 0xbb, 0xbf, 0x31]],
    ["byte-order-mark", undefined, "only a mark", [0xef, 0xbb, 0xbf]],
    ["not-utf-8", undefined, "UTF-16 with a mark", [0xff, 0xfe, 0x31, 0x00]],
    ["syntax", undefined, "UTF-16 without a mark", [0x5b, 0x00, 0x5d, 0x00]],
    ["not-utf-8", undefined, "a stray continuation", [0x22, 0x80, 0x22]],
    ["not-utf-8", undefined, "a truncated sequence", [0x22, 0xe2, 0x82, 0x22]],
    ["not-utf-8", undefined, "a sequence cut off by the end", [0x31, 0xe2]],
    ["not-utf-8", undefined, "an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["not-utf-8", undefined, "an overlong NUL", [0x22, 0xc0, 0x80, 0x22]],
    ["not-utf-8", undefined, "a raw surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["not-utf-8", undefined, "a raw surrogate pair (CESU-8)", [0x22, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80, 0x22]],
    ["not-utf-8", undefined, "a code point beyond U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ["not-utf-8", undefined, "Latin-1", [0x22, 0xe9, 0x22]],
    ["noncharacter", "#", "U+FFFE, escaped", '"\\uFFFE"'],
    ["noncharacter", "#", "U+FFFF, as it is", '"\uffff"'],
    ["noncharacter", "#", "U+FDD0", '"\\ufdd0"'],
    ["noncharacter", "#", "U+FDEF, as it is", '"\ufdef"'],
    ["noncharacter", "#", "U+1FFFE, escaped", '"\\ud83f\\udffe"'],
    ["noncharacter", "#", "U+10FFFF, as it is", '"\u{10ffff}"'],
    ["noncharacter", "#/a/1", "one in a value", '{"a":["","\\uFFFE"]}'],
    ["noncharacter", "#/a", "one in a key", '{"a":{"\\ufdd0":1}}'],
    ["lone-surrogate", "#", "a high half", '"\\ud800"'],
    ["lone-surrogate", "#", "a low half", '"\\uDC00"'],
    ["lone-surrogate", "#", "halves in the wrong order", '"\\udc00\\ud800"'],
    ["lone-surrogate", "#", "two high halves", '"\\ud83d\\ud83d\\ude00"'],
    ["lone-surrogate", "#", "a half before a letter", '"\\ud83da"'],
    ["lone-surrogate", "#/a/1", "a half in a value", '{"a":["","\\ud800"]}'],
    ["lone-surrogate", "#/a", "a half in a key", '{"a":{"\\ud800":1}}'],
    ["nul", "#", "an escaped NUL", '"\\u0000"'],
    ["nul", "#", "a raw NUL", '"\0"'],
    ["nul", "#/a/b", "a NUL within a value", '{"a":{"b":"x\\u0000y"}}'],
    ["nul", "#", "a NUL in a key", '{"\\u0000":1}'],
    ["number-out-of-range", "#", "too large", "1e309"],
    ["number-out-of-range", "#", "too far below zero", "-1e309"],
    ["number-out-of-range", "#", "just over the largest double", "1.7976931348623159e308"],
    ["number-out-of-range", "#/a/2", "too large within", '{"a":[1,"1e999",1e999]}'],
    ["number-out-of-range", "#", "310 digits", "9".repeat(310)],
    ["duplicate-key", "#/a", "the same key", '{"a":1,"a":1}'],
    ["duplicate-key", "#/a", "the same key after another", '{"a":1,"b":{"a":2},"a":3}'],
    ["duplicate-key", "#/a", "the same key, escaped", '{"a":1,"\\u0061":2}'],
    ["duplicate-key", "#/a~1b", "the same key, a slash escaped", '{"a\\/b":1,"a/b":2}'],
    ["duplicate-key", "#/%F0%9F%98%80", "the same key, a pair escaped", '{"😀":1,"\\ud83d\\ude00":2}'],
    ["duplicate-key", "#/", "the same empty key", '{"":1,"":2}'],
    ["duplicate-key", "#/0/1/a", "the same key further down", '[[0,{"a":1,"a":2}]]'],
    ["duplicate-key", "#/toString", "the same inherited name", '{"toString":1,"toString":2}'],
    ["forbidden-key", "#/__proto__", "a prototype", '{"__proto__":{"polluted":true}}'],
    ["forbidden-key", "#/__proto__", "an escaped prototype", '{"\\u005f_proto__":1}'],
    ["forbidden-key", "#/a/0/constructor", "a constructor further down", '{"a":[{"constructor":1}]}'],
    ["forbidden-key", "#/prototype", "the key prototype", '{"prototype":1}'],
    ["forbidden-key", "#/prototype", "the key prototype, all escaped", `{"${escaped("prototype")}":1}`],
    ["forbidden-key", "#/b/constructor", "a constructor after others", '{"a":1,"b":{"c":2,"constructor":null}}'],
    ["too-deep", `#${"/0".repeat(32)}`, "33 arrays", `${"[".repeat(33)}${"]".repeat(33)}`],
    ["too-deep", `#${"/a".repeat(32)}`, "33 objects", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`],
    ["too-deep", `#${"/0".repeat(32)}`, "a flood of brackets", "[".repeat(100_000)],
    ["too-deep", `#${"/a".repeat(32)}`, "a flood of objects", '{"a":'.repeat(100_000)],
  ])("%s at %s: %s", (fault, pointer, _name, body) => {
    expect(faultOf(body)).toEqual([fault, pointer]);
  });

  it("no text of 32 levels, and counts levels, not brackets", () => {
    const text = `${"[".repeat(32)}${"]".repeat(32)}`;
    expect(parse(text)).toEqual(JSON.parse(text));
    expect(parse(`[${"[],".repeat(1000)}"${"[".repeat(1000)}"]`)).toHaveLength(1001);
  });

  it("a duplicate key whose pointer is too long to repeat", () => {
    const key = "k".repeat(2000);
    expect(faultOf(`{"${key}":1,"${key}":2}`)).toEqual(["duplicate-key", undefined]);
  });

  it("more levels or members than the given limits", () => {
    expect(parse("[[1]]", { maxDepth: 2 })).toEqual([[1]]);
    expect(faultOf("[[1]]", { maxDepth: 1 })).toEqual(["too-deep", "#/0"]);
    expect(parse('{"a":[1,2,{}],"b":[]}', { maxMembers: 5 })).toEqual({ a: [1, 2, {}], b: [] });
    expect(faultOf('{"a":[1,2,{}],"b":[]}', { maxMembers: 4 })).toEqual(["too-many-members", "#/b"]);
    expect(faultOf("[1,2,3]", { maxMembers: 2 })).toEqual(["too-many-members", "#/2"]);
    expect(faultOf("[ 1]", { maxMembers: 0 })).toEqual(["too-many-members", "#/0"]);
    expect(parse("[ ]", { maxMembers: 0 })).toEqual([]);
  });

  it("more than 10,000 members by default", () => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => index);
    expect(parse(JSON.stringify(numbers))).toEqual(numbers);
    expect(faultOf(JSON.stringify([...numbers, 0]))).toEqual(["too-many-members", "#/10000"]);
  });
});

describe("parseJson takes linear time for", () => {
  // A quadratic parser would need minutes for each of these.
  it.each<[string, string]>([
    ["brackets", filled("[")],
    ["backslashes", filled("\\\\", '"', '"')],
    ["escaped quotes", filled('\\"', '"', '"')],
    ["quotes", filled('"')],
    ["escaped letters", filled("\\u0061", '"', '"')],
    ["digits", filled("1")],
    ["signs", filled("-")],
    ["commas", filled(",", "[")],
    ["elements", filled("[],", "[", "0]")],
    ["white space", filled(" ", "[", "]")],
    ["only white space before a character", filled(" ", "", "x")],
    ["members", `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join()}}`],
    ["escaped members", `{${Array.from({ length: 60_000 }, (_, index) => `"\\u006b${index}":0`).join()}}`],
    ["long keys", filled("é", '{"a":{"', '":1}}')],
  ])("one mebibyte of %s", { timeout: 2000 }, (_name, text) => {
    for (const maxMembers of [10_000, Number.POSITIVE_INFINITY]) {
      try {
        expect(parse(text, { maxMembers })).toEqual(JSON.parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError);
      }
    }
  });
});

describe("parseJson", () => {
  it("pollutes no prototype, for any input", () => {
    faultOf('{"__proto__":{"polluted":true}}');
    expect("polluted" in {}).toBe(false);
  });

  it("describes an error without repeating the text", () => {
    expect(() => parse('{"secret":1,"secret":2}')).toThrow(/^An object has the same key twice\.$/);
    expect(() => parse("secret")).toThrow(/^The text is not valid JSON\.$/);
  });

  it("returns every accepted JSON value unchanged", () => {
    const limits = { maxDepth: 100, maxMembers: Number.POSITIVE_INFINITY };
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), fc.boolean(), (text, indented) => {
        fc.pre(!/__proto__|constructor|prototype|\\u0000|\p{Noncharacter_Code_Point}/u.test(text));
        const value: JsonValue = JSON.parse(text);
        expect(parse(indented ? JSON.stringify(value, null, "\t") : text, limits)).toStrictEqual(value);
      }),
    );
  });

  it("agrees with JSON.parse on any bytes, or throws a JsonError", () => {
    const pieces = fc.constantFrom(
      ...[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        '"a"',
        '"\\u0061"',
        "\\",
        "\\u",
        "d800",
        "0",
        "1e999",
        "-",
        "null",
        " ",
        "é",
      ],
    );
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => new TextEncoder().encode(parts.join("")));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), texts), (bytes) => {
        let value: JsonValue;
        try {
          value = parseJson(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
          return;
        }
        expect(value).toStrictEqual(JSON.parse(new TextDecoder().decode(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses exactly the texts that JSON.parse refuses, or those that I-JSON forbids", () => {
    const strict: JsonFault[] = ["syntax", "empty"];
    const mutated = fc.tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", '"', "0", ":", "-"),
    );
    fc.assert(
      fc.property(mutated, ([text, seed, piece]) => {
        const at = seed % (text.length + 1);
        const broken = (text.slice(0, at) + piece + text.slice(at + 1)).toWellFormed();
        let fault: JsonFault | undefined;
        try {
          parse(broken);
        } catch (error) {
          fault = error instanceof JsonError ? error.fault : undefined;
          expect(error).toBeInstanceOf(JsonError);
        }
        if (fault === undefined) expect(() => JSON.parse(broken)).not.toThrow();
        else if (strict.includes(fault)) expect(() => JSON.parse(broken)).toThrow(SyntaxError);
      }),
      { numRuns: 2000 },
    );
  });
});

function escaped(text: string): string {
  return Array.from(text, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
