/**
 * Email addresses as accounts store them: ASCII, in lower case, without surrounding space. Refuses addresses that mail
 * cannot reach, and letters that case folding turns into ASCII, such as the Kelvin sign (U+212A).
 */
import { lowerAscii } from "#core/http/ascii.ts";

const MAX_CHARACTERS = 254;
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** Undefined if the text is not an address. */
export function normalizeEmail(text: string): string | undefined {
  const email = lowerAscii(text.trim());
  const [local = ""] = email.split("@", 1);
  return email.length <= MAX_CHARACTERS && local.length <= 64 && ADDRESS.test(email) ? email : undefined;
}

/**
 * The key that attempts are counted by. It accepts any text, so an invalid address cannot be distinguished from an
 * unknown one.
 */
export function emailKey(text: string): string {
  return normalizeEmail(text) ?? lowerAscii(text.trim());
}
