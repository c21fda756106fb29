/** The field in which a password is chosen. */
import type { Field } from "./fields.ts";
import { MAX_PASSWORD } from "./form-fields.ts";

/** All but the label. */
export const NEW_PASSWORD = {
  name: "password",
  type: "password",
  autocomplete: "new-password",
  maxLength: MAX_PASSWORD,
  hint: "At least 8 characters. Several unusual words are better than one with signs in it.",
} as const satisfies Partial<Field>;
