/** What an API key looks like: `sluice_`, 160 random bits, and a checksum. It says nothing of whose it is. */
import { secretFault, secretLength, secretPattern, writeSecret } from "./secret.ts";

const FORM = { prefix: "sluice", bytes: 20 };
const HINT_CHARACTERS = 12;

/** A regular expression for tools that look for leaked secrets. */
export const API_KEY_PATTERN = secretPattern(FORM);
export const API_KEY_CHARACTERS = secretLength(FORM);
export const API_KEY_RANDOM_BYTES = FORM.bytes;

/** A new key. `random` are 20 bytes. */
export function writeApiKey(random: Uint8Array): string {
  return writeSecret(FORM, random);
}

/** What is wrong with a key, seen by itself; undefined where it may be good. */
export function apiKeyFault(key: string): "malformed" | "checksum" | undefined {
  return secretFault(FORM, key);
}

/** The beginning, by which a person tells keys apart: it gives away less than 30 bits of 160. */
export function hintOf(key: string): string {
  return key.slice(0, HINT_CHARACTERS);
}
