/**
 * Internet timestamps (RFC 3339). Reads every form that section 5.6 allows: any offset including `-00:00`, fractions of
 * any length, lower-case letters, a space instead of `T`, and leap seconds. Writes one form: UTC with milliseconds.
 * Rejects dates and times that do not exist or lie outside the years 0000 to 9999 in UTC.
 */

const FULL_DATE = "(\\d{4})-(\\d{2})-(\\d{2})";
const PARTIAL_TIME = "(\\d{2}):(\\d{2}):(\\d{2})(?:\\.(\\d+))?";
const OFFSET = "(?:[Zz]|([+-])(\\d{2}):(\\d{2}))";
const DATE_TIME = new RegExp(`^${FULL_DATE}[Tt ]${PARTIAL_TIME}${OFFSET}$`);

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START_OF_YEAR_0 = -62_167_219_200_000;
const END_OF_YEAR_9999 = 253_402_300_800_000;

/**
 * The epoch milliseconds of a timestamp, rounded down to the millisecond. Undefined if it is invalid. A leap second
 * maps to the first instant of the next day, as in clocks that do not count leap seconds.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", sign, ...offset] =
    match;
  const midnight = midnightOf(Number(year), Number(month), Number(day));
  const [offsetHours = 0, offsetMinutes = 0] = offset.map((digits = "0") => Number(digits));
  if (midnight === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * MINUTE_MS * (sign === "-" ? -1 : 1);
  const minuteStart = midnight + (Number(hour) * 60 + Number(minute)) * MINUTE_MS - offsetMs;
  if (second === "60" && !isLastMinuteOfMonth(minuteStart)) return undefined;
  const instant = minuteStart + Number(second) * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
  return instant >= START_OF_YEAR_0 && instant < END_OF_YEAR_9999 ? instant : undefined;
}

/** `2026-01-31T12:00:00.000Z`. @throws RangeError outside the years 0000 to 9999 */
export function formatTimestamp(epochMs: number): string {
  if (!(epochMs >= START_OF_YEAR_0 && epochMs < END_OF_YEAR_9999)) {
    throw new RangeError("A timestamp must have a year of four digits.");
  }
  return new Date(epochMs).toISOString();
}

/** Midnight in UTC. Undefined for a day that the month does not have. */
function midnightOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  // Date.UTC would map the years 0 to 99 to 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : undefined;
}

/** RFC 3339 section 5.7: a leap second occurs at the end of a month in UTC. */
function isLastMinuteOfMonth(minuteStart: number): boolean {
  const next = minuteStart + MINUTE_MS;
  return next % DAY_MS === 0 && new Date(next).getUTCDate() === 1;
}
