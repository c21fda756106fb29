import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EntityTag, parseEntityTags } from "#core/http/entity-tag.ts";

const strong = (opaque: string): EntityTag => ({ weak: false, opaque });
const weak = (opaque: string): EntityTag => ({ weak: true, opaque });

const anyOpaque = fc
  .array(fc.constantFrom(..."!#%',-./0aZ[\\]{|}~*W\x80\xa0\xff"), { maxLength: 12 })
  .map((characters) => characters.join(""));
const anyTag = fc.record({ weak: fc.boolean(), opaque: anyOpaque });

describe("parseEntityTags", () => {
  it.each<[string, EntityTag[] | "*"]>([
    ['"a"', [strong("a")]],
    ['W/"a"', [weak("a")]],
    ['""', [strong("")]],
    ['W/""', [weak("")]],
    ['"a","b"', [strong("a"), strong("b")]],
    ['"a" , "b"', [strong("a"), strong("b")]],
    [' \t"a"\t,\t W/"b" ', [strong("a"), weak("b")]],
    [', "a",, ,"b",', [strong("a"), strong("b")]],
    ['"a,b", "c"', [strong("a,b"), strong("c")]],
    ['"*"', [strong("*")]],
    ['"W/"', [strong("W/")]],
    ['"a\\"', [strong("a\\")]],
    ['"\x80\xa0\xff"', [strong("\x80\xa0\xff")]],
    ['"café✓"', [strong("café✓")]],
    ["*", "*"],
    [" \t* ", "*"],
  ])("C02 reads %j", (header, tags) => {
    expect(parseEntityTags(header)).toEqual(tags);
  });

  it.each([
    "",
    " ",
    ",",
    " , ,",
    "a",
    '"a',
    'a"',
    '"',
    'W/"',
    "W/",
    "W/a",
    'w/"a"',
    'W /"a"',
    'W/ "a"',
    'W"a"',
    "'a'",
    '"a" "b"',
    '"a""b"',
    '"a";"b"',
    '"a" x',
    '"a\\"b"',
    '"a b"',
    '"a\tb"',
    '"a\x7f"',
    '"a\r\n"',
    '"a"\r\n',
    '"a"\xa0',
    "**",
    "* *",
    "*, *",
    '*, "a"',
    '"a", *',
    "*,",
    'W/"a", b',
  ])("refuses %j", (header) => {
    expect(parseEntityTags(header)).toBeUndefined();
  });

  it("parses every formatted list", () => {
    const separator = fc.constantFrom(",", ", ", " ,\t", ",,", ", ,");
    fc.assert(
      fc.property(fc.array(anyTag, { minLength: 1, maxLength: 8 }), separator, (tags, between) => {
        expect(parseEntityTags(tags.map(written).join(between))).toEqual(tags);
      }),
    );
  });

  it("handles any text, and formats what it accepts back to the same tags", () => {
    const fragment = fc.constantFrom('"', "W/", "*", ",", " ", "\t", "a", "\\", "\n");
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), (fragments) => {
        const tags = parseEntityTags(fragments.join(""));
        if (tags === undefined || tags === "*") return;
        expect(parseEntityTags(tags.map(written).join(", "))).toEqual(tags);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["open quotes", '"a" '.repeat(250_000), undefined],
    ["one long tag", `"${"a".repeat(1_000_000)}`, undefined],
    ["commas", ",".repeat(1_000_000), undefined],
    ["blanks", `${" ".repeat(1_000_000)}x`, undefined],
    ["weak prefixes", "W/".repeat(500_000), undefined],
    ["blanks before a wildcard", `${" ".repeat(1_000_000)}*`, "*"],
  ])("takes linear time for a megabyte of %s", (_name, header, expected) => {
    expect(parseEntityTags(header)).toBe(expected);
  });

  it("parses 100,000 tags", () => {
    expect(parseEntityTags('"a", '.repeat(100_000))).toHaveLength(100_000);
  });
});

function written({ weak: isWeak, opaque }: EntityTag): string {
  return `${isWeak ? "W/" : ""}"${opaque}"`;
}
