/** Fields as they come in: text of bounded length. What it must be beyond that is judged behind the token's check. */
import { z } from "@hono/zod-openapi";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";

/** In characters of a form. */
export const MAX_EMAIL = 320;
export const MAX_NAME = 200;
export const MAX_PASSWORD = 1024;

/** What a client is told of a text beyond its length. */
type Shape = { readonly format: "email" | "password" } | { readonly pattern: string };

/** Has a character that can be seen. */
export const NOT_BLANK = "\\S";
/** base64url, as tokens and ids of passkeys are. */
export const BASE64URL = "^[A-Za-z0-9_-]*$";

/** A text of a form, at most `max` UTF-16 code units, as a browser counts them. */
export function textField(max: number, description: string, shape: Shape) {
  return z
    .string()
    .max(max, { error: `may have at most ${max} characters` })
    .openapi({ description, ...shape });
}

/** An e-mail address, as it was typed. */
export const emailField = textField(MAX_EMAIL, "The account's e-mail address.", { format: "email" });
/** A password that the account has. */
export const passwordField = textField(MAX_PASSWORD, "The account's password.", { format: "password" });
/** A password that is chosen. */
export const newPasswordField = textField(MAX_PASSWORD, "The password to have from now on.", { format: "password" });

/** What the challenge's widget adds to the form that shows it. */
export const challengeField = {
  [CHALLENGE_FIELD]: textField(2048, "The challenge's response.", { pattern: "^[\\x21-\\x7e]*$" }).optional(),
} as const;
