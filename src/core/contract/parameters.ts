/** Query parameters as the wire has them: text that becomes a typed value, with the schema its document shows. */
import { z } from "@hono/zod-openapi";

/** A whole number in plain digits: no sign, exponent, point or blank. */
export function integerParameter(bounds: {
  readonly min: number;
  readonly max: number;
  readonly description: string;
  readonly example: number;
}) {
  const { min, max, description, example } = bounds;
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, { error: message })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: message })
    .openapi({
      type: "integer",
      format: max > 2_147_483_647 ? "int64" : "int32",
      minimum: min,
      maximum: max,
      example,
      param: { description },
    });
}

/** One text of 1 to `max` characters (code points), of which at least one can be seen. */
export function textParameter(bounds: {
  readonly max: number;
  readonly description: string;
  readonly example: string;
}) {
  const { max, description, example } = bounds;
  return z
    .string()
    .refine((text) => /\S/.test(text), { error: "must not be empty" })
    .refine((text) => Array.from(text).length <= max, { error: `may have at most ${max} characters` })
    .openapi({ minLength: 1, maxLength: max, pattern: "\\S", example, param: { description } });
}

/**
 * A token that the service made: base64url, at most 2,048 characters. Text of another form is left to whoever opens
 * it, so that an altered cursor is answered by `invalid-cursor`.
 */
export function tokenParameter(description: string) {
  return z
    .string()
    .min(1, { error: "must not be empty" })
    .max(2048, { error: "may have at most 2048 characters" })
    .openapi({ pattern: "^[A-Za-z0-9_-]+$", param: { description } });
}

/** How many items a page has that says nothing of it, and how many it may have at most. */
export const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** What every list takes to page through it by cursor. */
export function cursorParameters() {
  return {
    limit: integerParameter({
      min: 1,
      max: MAX_LIMIT,
      description: `The most items a page may have. Default ${DEFAULT_LIMIT}. In JSON:API also \`page[size]\`.`,
      example: DEFAULT_LIMIT,
    }).optional(),
    cursor: tokenParameter(
      "`page.next` or `page.prev` of another page of the same list. In JSON:API also `page[cursor]`.",
    ).optional(),
  };
}

/** What a list takes that staff can also page through by number. */
export function pagingParameters() {
  return {
    ...cursorParameters(),
    page: integerParameter({
      min: 1,
      max: 10_000,
      description: "Staff only: the number of a page in a frozen view of the list. In JSON:API also `page[number]`.",
      example: 1,
    }).optional(),
    snapshot: tokenParameter(
      "`page.snapshot` of the frozen view's first page. In JSON:API also `page[snapshot]`.",
    ).optional(),
  };
}

const MAX_VALUE_CHARACTERS = 64;
/** More than any resource has relations: what is unknown is told as such. */
const MAX_INCLUDES = 10;

/** Which related resources to embed; `paths` are those there are. */
export function includeParameter(paths: readonly string[]) {
  return listParameter({
    max: MAX_INCLUDES,
    description:
      "The related resources to embed, each once. What is gone, and what the caller may not read, is left out. A relation below a list has two names: its path, and the name that it has in HAL and JSON:API.",
    example: paths,
    values: paths,
  });
}

/** Names or values separated by commas, at least one. Which are allowed is checked where they are understood. */
export function listParameter(bounds: {
  readonly max: number;
  readonly description: string;
  readonly example: readonly string[];
  readonly values?: readonly string[];
}) {
  const { max, description, example, values } = bounds;
  return z
    .string()
    .refine((text) => text.split(",").every((part) => part !== ""), {
      error: "must be one or more values separated by single commas",
    })
    .refine((text) => text.split(",").length <= max, { error: `may list at most ${max} values` })
    .refine((text) => text.split(",").every((part) => Array.from(part).length <= MAX_VALUE_CHARACTERS), {
      error: `may have at most ${MAX_VALUE_CHARACTERS} characters a value`,
    })
    .openapi({
      type: "array",
      // An enum says all of a value: bounds beside it would say nothing.
      items:
        values === undefined
          ? { type: "string", minLength: 1, maxLength: MAX_VALUE_CHARACTERS, pattern: "^[^,]+$" }
          : { type: "string", enum: [...values] },
      minItems: 1,
      maxItems: max,
      example,
      param: { description, style: "form", explode: false },
    });
}

/** Sparse fields: which members of the resource to show. */
export function fieldsParameter(schema: z.ZodObject, example: readonly string[]) {
  return listParameter({
    max: 20,
    description:
      "The members to show; the id is always there. All by default. In JSON:API also `fields[TYPE]`, with the names of attributes and relationships.",
    example,
    values: Object.keys(schema.shape),
  });
}

/** The order of a list that begins with what is newest unless it is told otherwise; `otherwise` says more of that. */
export function sortParameter(keys: readonly string[], otherwise = "") {
  return listParameter({
    max: keys.length,
    description: `Keys in order of weight, a minus for descending. Default \`-created_at\`${otherwise}.`,
    example: ["-created_at"],
    values: keys.flatMap((key) => [key, `-${key}`]),
  });
}
