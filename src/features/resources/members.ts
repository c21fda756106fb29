/** Schemas of members that several resources share. */
import { z } from "@hono/zod-openapi";
import { isId } from "#core/contract/identifier.ts";
import { formatTimestamp, parseTimestamp } from "#core/http/timestamp.ts";
import { type TextForm, visibleTextFault } from "#core/http/visible-text.ts";

/** An opaque TypeID with this prefix. */
export function idSchema(prefix: string, example: string) {
  return z
    .string()
    .refine((text) => isId(prefix, text), { error: `must be an id that starts with ${prefix}_` })
    .openapi({
      pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
      minLength: prefix.length + 27,
      maxLength: prefix.length + 27,
      example,
    });
}

/** A time in responses: RFC 3339 in UTC with milliseconds. */
export function timestampSchema(example: string) {
  return z.iso.datetime({ precision: 3 }).openapi({ format: "date-time", minLength: 24, maxLength: 24, example });
}

/** The id of a resource. `thing` is its name in descriptions, such as `address`. */
export function idMember(thing: string, prefix: string, example: string) {
  return idSchema(prefix, example).openapi({
    description: `Identifies the ${thing}. The service assigns it, and it never changes.`,
  });
}

/** The members `created_at` and `updated_at`. */
export function timeMembers(thing: string, example: string) {
  return {
    created_at: timestampSchema(example).openapi({ description: `When the ${thing} was created.` }),
    updated_at: timestampSchema(example).openapi({ description: `When the ${thing} last changed.` }),
  };
}

/** Longer than any timestamp with a reasonable fraction. */
const MAX_TIMESTAMP_CHARACTERS = 1024;

/** A time in requests: any form of RFC 3339, converted to the form of responses. */
export function sentTimestampSchema(example: string) {
  return z
    .string()
    .max(MAX_TIMESTAMP_CHARACTERS, { error: `may have at most ${MAX_TIMESTAMP_CHARACTERS} characters`, abort: true })
    .transform((text, context) => {
      const instant = parseTimestamp(text);
      if (instant !== undefined) return formatTimestamp(instant);
      context.addIssue({ code: "invalid_format", format: "datetime", message: "must be an RFC 3339 date and time" });
      return z.NEVER;
    })
    .openapi({ format: "date-time", maxLength: MAX_TIMESTAMP_CHARACTERS, example });
}

/** At most one week. A longer rotation needs two credentials. */
const MAX_OVERLAP_SECONDS = 604_800;

/** The time for which a replaced secret stays valid. */
export function overlapSchema() {
  return z
    .int({ error: "must be a whole number of seconds" })
    .min(0, { error: "must not be negative" })
    .max(MAX_OVERLAP_SECONDS, { error: `must not exceed ${MAX_OVERLAP_SECONDS}` })
    .default(86_400)
    .openapi({ format: "int32", example: 86_400, description: "How long the current secret stays valid, in seconds." });
}

/** An amount in the minor unit of its currency. The store uses one currency. */
export function moneySchema(bounds: { readonly max: number }) {
  return z
    .strictObject({
      amount: z
        .int({ error: "must be a whole number of minor units" })
        .min(0, { error: "must not be negative" })
        .max(bounds.max, { error: `must not exceed ${bounds.max}` })
        .openapi({ format: "int32", example: 12_900, description: "In minor units: 1299 is 12.99." }),
      currency: z.enum(["USD"], { error: "must be USD" }).openapi({ example: "USD", description: "ISO 4217." }),
    })
    .openapi("Money", { description: "An amount of money that is never negative." });
}

/** A sum of amounts, which can exceed the maximum of one amount. */
export function sumSchema(bounds: { readonly max: number }) {
  return z
    .strictObject({
      amount: z
        .int()
        .min(0)
        .max(bounds.max)
        .openapi({ format: "int64", example: 25_800, description: "In minor units: 1299 is 12.99." }),
      currency: z.enum(["USD"]).openapi({ example: "USD", description: "ISO 4217." }),
    })
    .openapi("Sum", { description: "A sum of amounts of money." });
}

/** Lower-case words and digits joined by hyphens. */
export function slugSchema(example: string) {
  return z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
      error: "must be lower-case letters and digits, with single hyphens between words",
    })
    .max(60, { error: "may have at most 60 characters" })
    .openapi({ example });
}

interface TextBounds {
  readonly min: number;
  readonly max: number;
  readonly example: string;
}

/**
 * The characters that are never allowed in visible text, as a portable regular expression. Ranges of U+0000-001F,
 * 007F-009F, 00AD, 034F, 061C, fillers, 200B-206F, private use, noncharacters and specials.
 */
const NEVER =
  "\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufeff\\uffa0\\ufff0-\\ufffc\\ufffe\\uffff";
const LINE = `^[^\\s\\u0000-\\u001f${NEVER}]([^\\u0000-\\u001f${NEVER}]*[^\\s\\u0000-\\u001f${NEVER}])?$`;
const PARAGRAPHS = `^[^\\u0000-\\u0008\\u000b-\\u001f${NEVER}]*$`;

/** One line of visible text, such as a name. */
export function lineSchema(bounds: TextBounds) {
  return visibleSchema(bounds, "line", LINE);
}

/** Visible text with any number of lines. */
export function textSchema(bounds: TextBounds) {
  return visibleSchema(bounds, "paragraphs", PARAGRAPHS);
}

/** Counts code points, not UTF-16 units. */
function visibleSchema({ min, max, example }: TextBounds, form: TextForm, pattern: string) {
  return z
    .string()
    .refine((text) => visibleTextFault(text, form) === undefined, {
      error: ({ input }) => visibleTextFault(String(input), form),
      abort: true,
    })
    .refine((text) => characters(text) >= min && characters(text) <= max, {
      error: `must have ${min} to ${max} characters`,
    })
    .openapi({ minLength: min, maxLength: max, pattern, example });
}

function characters(text: string): number {
  return Array.from(text).length;
}
