/** Schemas of form fields. They bound the length; handlers check everything else after the CSRF check. */
import { z } from "@hono/zod-openapi";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";

/** The maximum lengths of fields, in UTF-16 code units. */
export const MAX_EMAIL = 320;
export const MAX_NAME = 200;
export const MAX_PASSWORD = 1024;

/** What the OpenAPI document states about a text besides its length. */
type Shape = { readonly format: "email" | "password" } | { readonly pattern: string };

/** Contains a visible character. */
export const NOT_BLANK = "\\S";
/** base64url, the encoding of tokens and passkey ids. */
export const BASE64URL = "^[A-Za-z0-9_-]*$";

/** A text field of at most `max` UTF-16 code units, as browsers count them. */
export function textField(max: number, description: string, shape: Shape) {
  return z
    .string()
    .max(max, { error: `may have at most ${max} characters` })
    .openapi({ description, ...shape });
}

/** An email address, as the person typed it. */
export const emailField = textField(MAX_EMAIL, "The email address of the account.", { format: "email" });
/** The current password of the account. */
export const passwordField = textField(MAX_PASSWORD, "The password of the account.", { format: "password" });
/** A new password. */
export const newPasswordField = textField(MAX_PASSWORD, "The new password.", { format: "password" });

/** The field that the challenge widget adds to its form. */
export const challengeField = {
  [CHALLENGE_FIELD]: textField(2048, "The response of the challenge.", { pattern: "^[\\x21-\\x7e]*$" }).optional(),
} as const;
