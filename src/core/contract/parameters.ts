/** Query parameters: the schema in the document, and the conversion from text to a typed value. */
import { z } from "@hono/zod-openapi";

/** A whole number in plain decimal digits, without sign, exponent, point or spaces. */
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

/** A text of 1 to `max` characters (code points) with at least one visible character. */
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
 * A token that the service issued: base64url, at most 2,048 characters. Only the format is checked here. The feature
 * that opens the token reports an altered one, such as `invalid-cursor`.
 */
export function tokenParameter(description: string) {
  return z
    .string()
    .min(1, { error: "must not be empty" })
    .max(2048, { error: "may have at most 2048 characters" })
    .openapi({ pattern: "^[A-Za-z0-9_-]+$", param: { description } });
}

/** The page size of a list: the default and the maximum. */
export const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** The query parameters for cursor paging, which every list has. */
export function cursorParameters() {
  return {
    limit: integerParameter({
      min: 1,
      max: MAX_LIMIT,
      description: `The maximum number of items in a page. Default ${DEFAULT_LIMIT}. In JSON:API also \`page[size]\`.`,
      example: DEFAULT_LIMIT,
    }).optional(),
    cursor: tokenParameter(
      "`page.next` or `page.prev` of another page of the same list. In JSON:API also `page[cursor]`.",
    ).optional(),
  };
}

/** The query parameters of a list that staff can also page by number. */
export function pagingParameters() {
  return {
    ...cursorParameters(),
    page: integerParameter({
      min: 1,
      max: 10_000,
      description: "Staff only: the page number in a snapshot of the list. In JSON:API also `page[number]`.",
      example: 1,
    }).optional(),
    snapshot: tokenParameter(
      "`page.snapshot` of the snapshot's first page. In JSON:API also `page[snapshot]`.",
    ).optional(),
  };
}

const MAX_VALUE_CHARACTERS = 64;
/** More than any resource has relations, so that an unknown name is reported as unknown rather than as one too many. */
const MAX_INCLUDES = 10;

/** The `include` parameter. `paths` lists the relations that can be embedded. */
export function includeParameter(paths: readonly string[]) {
  return listParameter({
    max: MAX_INCLUDES,
    description:
      "The related resources to embed, each once. Deleted resources and those the caller may not read are omitted. A relation below a list has two names: its path, and its name in HAL and JSON:API.",
    example: paths,
    values: paths,
  });
}

const lists = new WeakSet<z.ZodType>();

/** One or more comma-separated names or values. The stage that uses them checks which are allowed. */
export function listParameter(bounds: {
  readonly max: number;
  readonly description: string;
  readonly example: readonly string[];
  readonly values?: readonly string[];
}) {
  const { max, description, example, values } = bounds;
  const schema = z
    .string()
    .refine((text) => text.split(",").every((part) => part !== ""), {
      error: "must be one or more values separated by single commas",
    })
    .refine((text) => text.split(",").length <= max, { error: `may list at most ${max} values` })
    .refine((text) => text.split(",").every((part) => Array.from(part).length <= MAX_VALUE_CHARACTERS), {
      error: `may have at most ${MAX_VALUE_CHARACTERS} characters per value`,
    })
    .openapi({
      type: "array",
      // An enum already bounds the values, so length bounds would be redundant.
      items:
        values === undefined
          ? { type: "string", minLength: 1, maxLength: MAX_VALUE_CHARACTERS, pattern: "^[^,]+$" }
          : { type: "string", enum: [...values] },
      minItems: 1,
      maxItems: max,
      example,
      param: { description, style: "form", explode: false },
    });
  lists.add(schema);
  return schema;
}

/** Whether the schema of a parameter is a `listParameter()`, optional or not. */
export function isListParameter(schema: z.ZodType): boolean {
  return lists.has(schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema); // zod types it more widely
}

/** The `fields` parameter for sparse fieldsets. */
export function fieldsParameter(schema: z.ZodObject, example: readonly string[]) {
  return listParameter({
    max: 20,
    description:
      "The members to return. The id is always included. Default: all. In JSON:API also `fields[TYPE]`, with the names of attributes and relationships.",
    example,
    values: Object.keys(schema.shape),
  });
}

/** The `sort` parameter. The default is newest first; `otherwise` is appended to the default in the description. */
export function sortParameter(keys: readonly string[], otherwise = "") {
  return listParameter({
    max: keys.length,
    description: `Sort keys in order of precedence; a minus sorts descending. Default \`-created_at\`${otherwise}.`,
    example: ["-created_at"],
    values: keys.flatMap((key) => [key, `-${key}`]),
  });
}
