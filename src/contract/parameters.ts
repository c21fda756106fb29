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

/**
 * One text of 1 to `max` characters. What only the service can make has no example. `pattern` is shown and not held
 * against: text of another form is answered by who understands it, such as an altered cursor by `invalid-cursor`.
 */
export function textParameter(bounds: {
  readonly max: number;
  readonly description: string;
  readonly example?: string;
  /** Default: any text with a character that can be seen. */
  readonly pattern?: RegExp;
}) {
  const { max, description, example, pattern = /\S/ } = bounds;
  return z
    .string()
    .min(1, { error: "must not be empty" })
    .max(max, { error: `may have at most ${max} characters` })
    .openapi({ pattern: pattern.source, ...(example === undefined ? {} : { example }), param: { description } });
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
    .max(max * 64, { error: "is too long" })
    .refine((text) => text.split(",").every((part) => part !== ""), {
      error: "must be one or more values separated by single commas",
    })
    .refine((text) => text.split(",").length <= max, { error: `may list at most ${max} values` })
    .openapi({
      type: "array",
      items: {
        type: "string",
        minLength: 1,
        maxLength: 64,
        ...(values === undefined ? { pattern: "^[^,]+$" } : { enum: [...values] }),
      },
      minItems: 1,
      maxItems: max,
      example,
      param: { description, style: "form", explode: false },
    });
}
