import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimestamp, parseTimestamp } from "#core/http/timestamp.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

describe("parseTimestamp", () => {
  it.each([
    ["2026-01-31T12:00:00Z", NOON],
    ["2026-01-31T12:00:00.000Z", NOON],
    ["2026-01-31t12:00:00z", NOON],
    ["2026-01-31T12:00:00z", NOON],
    ["2026-01-31 12:00:00Z", NOON],
    ["2026-01-31 12:00:00.5+00:00", NOON + 500],
    ["2026-01-31T12:00:00-00:00", NOON],
    ["2026-01-31T13:00:00+01:00", NOON],
    ["2026-01-31T17:45:00+05:45", NOON],
    ["2026-02-01T11:59:00+23:59", NOON],
    ["2026-01-30T12:01:00-23:59", NOON],
    ["2026-01-31T12:00:00.1Z", NOON + 100],
    ["2026-01-31T12:00:00.12Z", NOON + 120],
    ["2026-01-31T12:00:00.1239Z", NOON + 123],
    ["2026-01-31T12:00:00.999999999999Z", NOON + 999],
    [`2026-01-31T12:00:00.${"0".repeat(500)}1Z`, NOON],
    // The examples of RFC 3339 section 5.8.
    ["1985-04-12T23:20:50.52Z", Date.UTC(1985, 3, 12, 23, 20, 50, 520)],
    ["1996-12-19T16:39:57-08:00", Date.UTC(1996, 11, 20, 0, 39, 57)],
    ["1990-12-31T23:59:60Z", Date.UTC(1991, 0, 1)],
    ["1990-12-31T15:59:60-08:00", Date.UTC(1991, 0, 1)],
    ["1937-01-01T12:00:27.87+00:20", Date.UTC(1937, 0, 1, 11, 40, 27, 870)],
    ["2015-06-30T23:59:60.25Z", Date.UTC(2015, 6, 1, 0, 0, 0, 250)],
    ["2015-07-01T00:59:60+01:00", Date.UTC(2015, 6, 1)],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["2000-02-29T00:00:00Z", Date.UTC(2000, 1, 29)],
    ["0000-02-29T00:00:00Z", -62_162_121_600_000],
    ["9999-12-31T23:59:59.999Z", 253_402_300_799_999],
  ])("accepts %s", (text, instant) => {
    expect(parseTimestamp(text)).toBe(instant);
  });

  it.each([
    "",
    "2026-01-31",
    "12:00:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00Z",
    "2026-01-31T12Z",
    "2026-01-31T12:00:00,5Z",
    "2026-01-31T12:00:00.Z",
    "2026-01-31T12:00:00+1:00",
    "2026-01-31T12:00:00+0100",
    "2026-01-31T12:00:00+01",
    "2026-01-31T12:00:00+24:00",
    "2026-01-31T12:00:00+01:60",
    "2026-01-31T12:00:00Z+01:00",
    "2026-01-31T12:00:00[UTC]",
    "2026-01-31T12:00:00Z[Europe/Berlin]",
    "2026-01-31  12:00:00Z",
    "2026-01-31\t12:00:00Z",
    "2026-01-31_12:00:00Z",
    "2026-01-31T12:00:00 Z",
    " 2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00Z\n",
    "2026-1-31T12:00:00Z",
    "26-01-31T12:00:00Z",
    "+002026-01-31T12:00:00Z",
    "-2026-01-31T12:00:00Z",
    "12026-01-31T12:00:00Z",
    "20260131T120000Z",
    "2026-W05-6T12:00:00Z",
    "2026-031T12:00:00Z",
    "2026-01-31T12:00:00\u22121:00",
    "\u0662026-01-31T12:00:00Z",
    "2026-00-31T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-01-00T12:00:00Z",
    "2026-01-32T12:00:00Z",
    "2026-02-29T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "1900-02-29T12:00:00Z",
    "2026-04-31T12:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:00:61Z",
    // Not a leap second: not the last minute of the day, not the last day of a month, or not in UTC.
    "2026-01-31T12:00:60Z",
    "2026-01-30T23:59:60Z",
    "2026-06-30T23:59:60+01:00",
    "2026-06-30T23:58:60Z",
    // In UTC these years do not have four digits.
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60Z",
    "Sat, 31 Jan 2026 12:00:00 GMT",
    "1769860800",
    "now",
  ])("refuses %j", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  const instants = fc.integer({ min: -62_167_132_800_000, max: 253_402_214_399_999 });

  it("parses every formatted timestamp", () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(parseTimestamp(formatTimestamp(instant))).toBe(instant);
      }),
    );
  });

  it("returns the same instant for every spelling of it", () => {
    const spelling = fc.record({
      instant: instants,
      offset: fc.integer({ min: -1439, max: 1439 }),
      separator: fc.constantFrom("T", "t", " "),
      zulu: fc.constantFrom("Z", "z", "+00:00", "-00:00"),
      tail: fc.stringMatching(/^\d{0,20}$/),
    });
    fc.assert(
      fc.property(spelling, ({ instant, offset, separator, zulu, tail }) => {
        const [date = "", time = ""] = new Date(instant + offset * 60_000).toISOString().slice(0, -1).split("T");
        const two = (count: number) => String(count).padStart(2, "0");
        const size = Math.abs(offset);
        const zone = offset === 0 ? zulu : `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(parseTimestamp(`${date}${separator}${time}${tail}${zone}`)).toBe(instant);
      }),
    );
  });

  it("never throws, and agrees with the platform on every text that it accepts", () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,5})?(Z|[+-]\d\d:\d\d)$/),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const instant = parseTimestamp(candidate);
        if (instant !== undefined && !candidate.includes(":60")) expect(instant).toBe(Date.parse(candidate));
      }),
      { numRuns: 500 },
    );
  });
});

describe("formatTimestamp", () => {
  it("writes UTC with milliseconds and four-digit years", () => {
    expect(formatTimestamp(NOON)).toBe("2026-01-31T12:00:00.000Z");
    expect(formatTimestamp(-62_167_219_200_000)).toBe("0000-01-01T00:00:00.000Z");
    for (const instant of [-62_167_219_200_001, 253_402_300_800_000, Number.NaN]) {
      expect(() => formatTimestamp(instant)).toThrow(RangeError);
    }
  });
});
