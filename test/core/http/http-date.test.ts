import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate } from "#core/http/http-date.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 30, 0);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

describe("parseHttpDate", () => {
  it.each([
    ["Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE],
    ["Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE],
    ["Sun Nov  6 08:49:37 1994", EXAMPLE],
    ["Sun Nov 06 08:49:37 1994", EXAMPLE],
    ["Wednesday, 23-Nov-94 00:00:00 GMT", Date.UTC(1994, 10, 23)],
    ["Wed Nov 23 00:00:00 1994", Date.UTC(1994, 10, 23)],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Wed, 31 Dec 1969 23:59:59 GMT", -1000],
    ["Thu, 29 Feb 2024 23:59:59 GMT", Date.UTC(2024, 1, 29, 23, 59, 59)],
    ["Tue, 29 Feb 2000 00:00:00 GMT", Date.UTC(2000, 1, 29)],
    ["Tuesday, 29-Feb-00 00:00:00 GMT", Date.UTC(2000, 1, 29)],
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
    ["Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800_000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799_000],
  ])("C07 reads %s", (text, epochMs) => {
    expect(parseHttpDate(text, NOW)).toBe(epochMs);
  });

  it.each([
    "",
    " ",
    "0",
    "now",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 gmt",
    "sun, 06 nov 1994 08:49:37 GMT",
    "SUN, 06 NOV 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun,06 Nov 1994 08:49:37 GMT",
    "Sun, 06  Nov 1994 08:49:37 GMT",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37.000 GMT",
    "Sun, ٠٦ Nov 1994 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sunday, 6-Nov-94 08:49:37 GMT",
    "Someday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun Nov  6 08:49:37 94",
    "1994-11-06T08:49:37Z",
    "784111777",
    // A weekday that does not match the date.
    "Mon, 06 Nov 1994 08:49:37 GMT",
    "Monday, 06-Nov-94 08:49:37 GMT",
    "Mon Nov  6 08:49:37 1994",
    "Xyz, 06 Nov 1994 08:49:37 GMT",
    // The day, month or time does not exist.
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Mon, 00 Nov 1994 08:49:37 GMT",
    "Mon Nov  0 08:49:37 1994",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:60 GMT",
    "Sun, 06 Nov 1994 23:59:61 GMT",
    "Sun, 06 Nov 1994 99:99:99 GMT",
  ])("C06 refuses %j", (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  it.each([
    [1900, 1, 29],
    [2023, 1, 29],
    [2100, 1, 29],
    [2024, 1, 30],
    [2024, 3, 31],
    [2024, 5, 31],
    [2024, 8, 31],
    [2024, 10, 31],
    [2024, 0, 32],
    [2024, 11, 32],
  ])("refuses the missing day %i-%i-%i with a matching weekday", (year, month, day) => {
    const [, , monthName] = new Date(Date.UTC(2024, month, 1)).toUTCString().split(" ");
    const weekday = new Date(Date.UTC(year, month, day)).toUTCString().slice(0, 3);
    expect(parseHttpDate(`${weekday}, ${day} ${monthName} ${year} 00:00:00 GMT`, NOW)).toBeUndefined();
  });

  it("parses every formatted instant, in all three formats", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 4_000_000_000 }), (seconds) => {
        const text = formatHttpDate(seconds * 1000);
        expect(parseHttpDate(text, NOW)).toBe(seconds * 1000);
        const [weekday = "", day = "", month = "", year = "", time = ""] = text.replace(",", "").split(" ");
        const dayInTwo = String(Number(day)).padStart(2, " ");
        expect(parseHttpDate(`${weekday} ${month} ${dayInTwo} ${time} ${year}`, NOW)).toBe(seconds * 1000);
        const long = new Date(seconds * 1000).toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" });
        const anchor = seconds * 1000;
        expect(parseHttpDate(`${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`, anchor)).toBe(anchor);
      }),
    );
  });

  describe("the two-digit year", () => {
    const inFormat850 = (epochMs: number): string => {
      const [, day = "", month = "", year = "", time = ""] = new Date(epochMs).toUTCString().split(" ");
      const weekday = new Date(epochMs).toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" });
      return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
    };

    it.each([
      ["this year", Date.UTC(2026, 0, 1)],
      ["the last year of the last century", Date.UTC(1999, 11, 31)],
      ["exactly 50 years ahead", Date.UTC(2076, 10, 22, 10, 30, 0)],
      ["50 years ago if it would be more than 50 years ahead", Date.UTC(1976, 10, 22, 10, 30, 1)],
      ["next month", Date.UTC(2026, 11, 22)],
    ])("C07 reads a two-digit year as %s", (_name, epochMs) => {
      expect(parseHttpDate(inFormat850(epochMs), NOW)).toBe(epochMs);
    });

    it.each([
      ["the next century within 50 years", Date.UTC(2090, 0, 1), Date.UTC(2105, 5, 1)],
      ["29 February of 2000", Date.UTC(2026, 0, 1), Date.UTC(2000, 1, 29)],
      ["a year of the past millennium", Date.UTC(2000, 0, 1), Date.UTC(1951, 5, 1)],
    ])("C07 slides with the clock: %s", (_name, now, epochMs) => {
      expect(parseHttpDate(inFormat850(epochMs), now)).toBe(epochMs);
    });

    it("refuses 29 February of a century year that is not a leap year", () => {
      expect(parseHttpDate("Monday, 29-Feb-00 00:00:00 GMT", Date.UTC(2060, 0, 1))).toBeUndefined();
      expect(parseHttpDate("Tuesday, 29-Feb-00 00:00:00 GMT", Date.UTC(2060, 0, 1))).toBeUndefined();
    });
  });
});

describe("formatHttpDate", () => {
  it.each([
    [EXAMPLE, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [EXAMPLE + 999, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [0, "Thu, 01 Jan 1970 00:00:00 GMT"],
    [-1, "Wed, 31 Dec 1969 23:59:59 GMT"],
    [-62_135_596_800_000, "Mon, 01 Jan 0001 00:00:00 GMT"],
    [253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("C07 writes %i as %s", (epochMs, text) => {
    expect(formatHttpDate(epochMs)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001])("refuses %d", (epochMs) => {
    expect(() => formatHttpDate(epochMs)).toThrow(RangeError);
  });
});
