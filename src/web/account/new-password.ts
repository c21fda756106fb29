/** The field for a new password. */
import type { Field } from "./fields.ts";
import { MAX_PASSWORD } from "./form-fields.ts";

/** The field without its label. */
export const NEW_PASSWORD = {
  name: "password",
  type: "password",
  autocomplete: "new-password",
  maxLength: MAX_PASSWORD,
  hint: "At least 8 characters. Several unrelated words are safer than one word with digits or symbols.",
} as const satisfies Partial<Field>;
