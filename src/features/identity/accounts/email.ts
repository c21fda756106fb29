/**
 * E-mail addresses as accounts know them: in lower case, without surrounding space, ASCII. Refuses what no mail could be
 * sent to, and letters that become ASCII when their case is folded, such as the Kelvin sign (U+212A).
 */
import { lowerAscii } from "#core/http/ascii.ts";

const MAX_CHARACTERS = 254;
const ADDRESS =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** Undefined for what is no address. */
export function normalizeEmail(text: string): string | undefined {
  const email = lowerAscii(text.trim());
  const [local = ""] = email.split("@", 1);
  return email.length <= MAX_CHARACTERS && local.length <= 64 && ADDRESS.test(email) ? email : undefined;
}

/** What attempts are counted for: any text, so that what is no address cannot be told from an unknown one. */
export function emailKey(text: string): string {
  return normalizeEmail(text) ?? lowerAscii(text.trim());
}
