/** The format of API keys: `sluice_`, 160 random bits, and a checksum. A key does not reveal its owner. */
import { secretFault, secretLength, secretPattern, writeSecret } from "./secret.ts";

const FORM = { prefix: "sluice", bytes: 20 };
const HINT_CHARACTERS = 12;

/** A regular expression for secret scanners. */
export const API_KEY_PATTERN = secretPattern(FORM);
export const API_KEY_CHARACTERS = secretLength(FORM);
export const API_KEY_RANDOM_BYTES = FORM.bytes;

/** A new key. `random` is 20 bytes. */
export function writeApiKey(random: Uint8Array): string {
  return writeSecret(FORM, random);
}

/** The syntactic fault of a key; undefined if the key may be valid. */
export function apiKeyFault(key: string): "malformed" | "checksum" | undefined {
  return secretFault(FORM, key);
}

/** The beginning of a key, by which people tell keys apart. It reveals less than 30 of the 160 bits. */
export function hintOf(key: string): string {
  return key.slice(0, HINT_CHARACTERS);
}
