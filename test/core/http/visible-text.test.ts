import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visibleTextFault } from "#core/http/visible-text.ts";

const DECEPTIVE = [
  ["only an invisible character", "\u200b"],
  ["a Hangul filler", "\u3164"],
  ["a half-width Hangul filler", "\uffa0"],
  ["a blank Braille cell", "\u2800"],
  ["a null note head", "\u{1d159}"],
  ["a zero width space between letters", "A\u200bda"],
  ["a soft hyphen", "A\u00adda"],
  ["a word joiner", "A\u2060da"],
  ["a byte order mark", "A\ufeffda"],
  ["a combining grapheme joiner", "A\u034fda"],
  ["an invisible operator", "f\u2061x"],
  ["a right-to-left override", "gpj.\u202eexe"],
  ["a left-to-right embedding", "a\u202ab"],
  ["a pop of direction", "a\u202cb"],
  ["an isolate", "a\u2067b\u2069"],
  ["a left-to-right mark", "Ada\u200e"],
  ["an Arabic letter mark", "Ada\u061c"],
  ["a tag outside a flag", "Ada\u{e0041}"],
  ["a joiner between Latin letters", "A\u200dda"],
  ["a non-joiner between Latin letters", "A\u200cda"],
  ["a joiner behind a Latin letter with a mark", "A\u0304\u200dda"],
  ["two joiners in an emoji", "\u{1f468}\u200d\u200d\u{1f467}"],
  ["a joiner at the end of an emoji", "\u{1f468}\u200d"],
  ["a variation selector behind a Latin letter", "A\ufe0fda"],
  ["a variation selector behind a digit", "1\ufe0f"],
  ["an ideographic variation selector behind a Latin letter", "A\u{e0100}da"],
  ["two variation selectors", "\u2764\ufe0f\ufe0f"],
  ["an annotation anchor", "a\ufff9b"],
  ["an object replacement", "\ufffc"],
  ["a noncharacter", "a\ufffe"],
  ["a noncharacter of another plane", "a\u{2ffff}"],
  ["a private-use character", "\uf8ff"],
  ["a private-use character of another plane", "\u{f0000}"],
  ["half a surrogate pair", "a\ud800"],
  ["U+0000", "a\0b"],
  ["an escape", "a\u001bb"],
  ["a next line", "a\u0085b"],
  ["a line separator", "a\u2028b"],
  ["a paragraph separator", "a\u2029b"],
  ["a combining mark at the start", "\u0301a"],
  ["a combining mark behind a blank", "a \u0301"],
  ["nine combining marks", `a${"\u0301".repeat(9)}`],
] as const;

const HONEST = [
  "Ada Moreno",
  "O\u2019Brien, Jr. (3rd)",
  "Jos\u00e9",
  "Jose\u0301",
  "\u5c71\u7530\u3000\u592a\u90ce",
  "\u845b\u{e0100}\u57ce",
  "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
  "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
  "\u0647\u200d",
  "\u0928\u092e\u0938\u094d\u0924\u0947",
  "\u0d05\u0d35\u0d28\u0d4d\u200d",
  "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
  "\u1820\u180b",
  "\u0661\u0662",
  "\u0600\u0661",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u{1f3f3}\ufe0f\u200d\u{1f308}",
  "\u{1f469}\u{1f3fd}\u200d\u{1f680}",
  "\u2764\ufe0f",
  "1\ufe0f\u20e3",
  "\u{1f1e9}\u{1f1ea}",
  "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
  "-",
  "\ufffd",
  `a${"\u0301".repeat(8)}`,
];

describe("visibleTextFault", () => {
  it.each(DECEPTIVE)("refuses %s in a line and in paragraphs", (_, text) => {
    expect(visibleTextFault(text, "line")).toMatch(/^must /);
    expect(visibleTextFault(text, "paragraphs")).toMatch(/^must /);
  });

  // Between visible characters, a blank glyph counts as a space.
  it.each(DECEPTIVE.filter(([name]) => !/blank Braille|note head/.test(name)))(
    "refuses %s between words",
    (_, text) => {
      expect(visibleTextFault(`Ada ${text} Moreno`, "line")).toMatch(/^must /);
    },
  );

  it.each(HONEST)("accepts %o", (text) => {
    expect(visibleTextFault(text, "line")).toBeUndefined();
    expect(visibleTextFault(`${text}\n\t${text}`, "paragraphs")).toBeUndefined();
  });

  it.each(["", " ", "\t", " Ada", "Ada ", "Ada\u3000", "\u2800Ada", "Ada\nMoreno", "Ada\tMoreno"])(
    "refuses %o as a line",
    (text) => {
      expect(visibleTextFault(text, "line")).toMatch(/^must /);
    },
  );

  it("accepts empty paragraphs and refuses blank ones", () => {
    expect(visibleTextFault("", "paragraphs")).toBeUndefined();
    expect(visibleTextFault(" \n\t", "paragraphs")).toMatch(/visible/);
    expect(visibleTextFault("a\r\nb", "paragraphs")).toMatch(/control/);
  });

  it("refuses default-ignorable characters unless a script or an emoji needs them", () => {
    const latin = fc.string({ unit: fc.constantFrom("a", "B", " ", "7", "\u00e9"), minLength: 1 });
    const ignorable = fc.integer({ min: 0, max: 0x10_ffff }).map((point) => String.fromCodePoint(point));
    const hidden = ignorable.filter((sign) => /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u.test(sign));
    fc.assert(
      fc.property(latin, hidden, latin, (before, sign, after) => {
        const isVisible = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u.test(sign);
        fc.pre(!isVisible);
        expect(visibleTextFault(`x${before}${sign}${after}x`, "line")).toMatch(/^must /);
      }),
      { numRuns: 200 },
    );
  });
});
