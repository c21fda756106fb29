/**
 * HTTP dates (RFC 9110 section 5.6.7). Reads the preferred format and both obsolete formats, and writes the preferred
 * one. Rejects dates that do not exist, a wrong day of the week, and any deviation from the grammar, including letter
 * case.
 */

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const SHORT_WEEKDAYS = WEEKDAYS.map((name) => name.slice(0, 3));
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const YEARS_AHEAD = 50;
const END_OF_YEAR_9999 = 253_402_300_800_000;
const START_OF_YEAR_0 = -62_167_219_200_000;

const IMF_FIXDATE = /^([A-Z][a-z]{2}), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;
const RFC_850 = /^([A-Z][a-z]{5,8}), (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
const ASCTIME = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{2}| \d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;

/** What the three formats share. Weekday and month count from 0; -1 means the name is unknown. */
type CalendarDate = { weekday: number; year: number; month: number; day: number; secondOfDay: number | undefined };

/** The epoch milliseconds of an HTTP date, or undefined if malformed. `now` (epoch ms) resolves two-digit years. */
export function parseHttpDate(text: string, now: number): number | undefined {
  const date = readImfFixdate(text) ?? readRfc850(text, now) ?? readAsctime(text);
  if (date === undefined || date.month === -1 || date.secondOfDay === undefined) return undefined;
  const midnight = utcMidnight(date.year, date.month, date.day);
  // A day that the month does not have rolls over into the next month.
  if (midnight.getUTCDate() !== date.day) return undefined;
  if (midnight.getUTCDay() !== date.weekday) return undefined;
  return midnight.getTime() + date.secondOfDay * 1000;
}

/**
 * The IMF-fixdate of an instant in epoch milliseconds, rounded down to the second.
 * @throws RangeError outside the years 0000 to 9999.
 */
export function formatHttpDate(epochMs: number): string {
  if (!(epochMs >= START_OF_YEAR_0 && epochMs < END_OF_YEAR_9999)) {
    throw new RangeError("An HTTP date has a year of four digits.");
  }
  return new Date(Math.floor(epochMs / 1000) * 1000).toUTCString();
}

function readImfFixdate(text: string): CalendarDate | undefined {
  const match = IMF_FIXDATE.exec(text);
  if (match === null) return undefined;
  const [, weekday = "", day = "", month = "", year = "", time = ""] = match;
  return calendarDate(SHORT_WEEKDAYS.indexOf(weekday), Number(year), month, day, time);
}

function readAsctime(text: string): CalendarDate | undefined {
  const match = ASCTIME.exec(text);
  if (match === null) return undefined;
  const [, weekday = "", month = "", day = "", time = "", year = ""] = match;
  return calendarDate(SHORT_WEEKDAYS.indexOf(weekday), Number(year), month, day, time);
}

function readRfc850(text: string, now: number): CalendarDate | undefined {
  const match = RFC_850.exec(text);
  if (match === null) return undefined;
  const [, weekday = "", day = "", month = "", yearOfCentury = "", time = ""] = match;
  const horizon = new Date(now);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + YEARS_AHEAD);
  const latestYear = horizon.getUTCFullYear();
  const date = calendarDate(
    WEEKDAYS.indexOf(weekday),
    latestYear - (latestYear % 100) + Number(yearOfCentury),
    month,
    day,
    time,
  );
  // The most recent year with these two digits that is at most 50 years ahead.
  const instant = utcMidnight(date.year, date.month, date.day).getTime() + (date.secondOfDay ?? 0) * 1000;
  return instant > horizon.getTime() ? { ...date, year: date.year - 100 } : date;
}

function calendarDate(weekday: number, year: number, month: string, day: string, time: string): CalendarDate {
  return { weekday, year, month: MONTHS.indexOf(month), day: Number(day), secondOfDay: secondOfDay(time) };
}

function secondOfDay(time: string): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.split(":").map(Number);
  const leapSecond = time === "23:59:60";
  if (hour > 23 || minute > 59 || (second > 59 && !leapSecond)) return undefined;
  return hour * 3600 + minute * 60 + second;
}

function utcMidnight(year: number, month: number, day: number): Date {
  const date = new Date(0);
  // Date.UTC would map the years 0 to 99 to 1900 to 1999.
  date.setUTCFullYear(year, month, day);
  return date;
}
