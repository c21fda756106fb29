/** Members that several resources have, with one meaning everywhere. */
import { z } from "@hono/zod-openapi";
import { isId } from "#core/contract/identifier.ts";

/** An opaque TypeID of that prefix. */
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

/** RFC 3339 in UTC with milliseconds. */
export function timestampSchema(example: string) {
  return z.iso.datetime({ precision: 3 }).openapi({ format: "date-time", minLength: 24, maxLength: 24, example });
}

/** At most a week: a change-over that takes longer is two secrets of two names. */
const MAX_OVERLAP_SECONDS = 604_800;

/** For how long a secret still counts that another has taken the place of. */
export function overlapSchema() {
  return z
    .int({ error: "must be a whole number of seconds" })
    .min(0, { error: "must not be negative" })
    .max(MAX_OVERLAP_SECONDS, { error: `must not exceed ${MAX_OVERLAP_SECONDS}` })
    .default(86_400)
    .openapi({ format: "int32", example: 86_400, description: "For how long the present secret still counts." });
}

/** An amount in the currency's minor unit. The store has one currency. */
export function moneySchema(bounds: { readonly max: number }) {
  return z
    .strictObject({
      amount: z
        .int({ error: "must be a whole number of the currency's minor unit" })
        .min(0, { error: "must not be negative" })
        .max(bounds.max, { error: `must not exceed ${bounds.max}` })
        .openapi({ format: "int32", example: 12_900, description: "In minor units: 1299 is 12.99." }),
      currency: z.enum(["USD"], { error: "must be USD" }).openapi({ example: "USD", description: "ISO 4217." }),
    })
    .openapi("Money");
}

/** A sum of such amounts, which can be more than any of them. */
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
    .openapi("Sum");
}

/** Lower-case words joined by hyphens. */
export function slugSchema(example: string) {
  return z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
      error: "must be lower-case letters and digits, words joined by single hyphens",
    })
    .max(60, { error: "may have at most 60 characters" })
    .openapi({ example });
}

interface TextBounds {
  readonly min: number;
  readonly max: number;
  readonly example: string;
}

const LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters (C0, DEL, C1) are what it refuses
  /^[^\s\u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f])?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: likewise, but for tabs and line feeds
const TEXT = /^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$/;

/** One line of text, such as a name. */
export function lineSchema(bounds: TextBounds) {
  return boundedSchema(bounds, LINE, "must be one line of text that neither starts nor ends with a blank");
}

/** Text of any number of lines. */
export function textSchema(bounds: TextBounds) {
  return boundedSchema(bounds, TEXT, "must be text; of control characters only tabs and line feeds may be in it");
}

/** Measured in characters as a person counts them: code points, not UTF-16 units. */
function boundedSchema({ min, max, example }: TextBounds, pattern: RegExp, rule: string) {
  return z
    .string()
    .refine((text) => pattern.test(text), { error: rule, abort: true })
    .refine((text) => characters(text) >= min && characters(text) <= max, {
      error: `must have ${min} to ${max} characters`,
    })
    .openapi({ minLength: min, maxLength: max, pattern: pattern.source, example });
}

function characters(text: string): number {
  return Array.from(text).length;
}
