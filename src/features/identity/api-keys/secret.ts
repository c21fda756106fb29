/**
 * Secrets that programs keep: random, recognisable wherever they leak, and with a checksum, so that a mistyped or
 * made-up one is refused without asking anybody. Letters and digits alone: no form or header has to encode them. Only
 * their hash is ever stored. Pure: chance is passed in.
 */
import { toHex } from "#core/http/hex.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 bits in base 62. */
const CHECKSUM_CHARACTERS = 6;
const CRC32_POLYNOMIAL = 0xedb88320;

/** What a kind of secret looks like. */
export interface SecretForm {
  readonly prefix: string;
  /** How many random bytes are in it. */
  readonly bytes: number;
}

/** The secret that `random`, of as many bytes as the form has, makes. @throws RangeError for another number of bytes */
export function writeSecret(form: SecretForm, random: Uint8Array): string {
  if (random.length !== form.bytes) throw new RangeError(`a secret is made of ${form.bytes} random bytes`);
  const body = `${form.prefix}_${inBase62(BigInt(`0x${toHex(random)}`), charactersOf(form))}`;
  return `${body}_${checksumOf(body)}`;
}

/** What is wrong with the text, seen by itself; undefined where nothing is. */
export function secretFault(form: SecretForm, text: string): "malformed" | "checksum" | undefined {
  if (!new RegExp(`^${secretPattern(form)}$`).test(text)) return "malformed";
  const end = text.length - CHECKSUM_CHARACTERS;
  return checksumOf(text.slice(0, end - 1)) === text.slice(end) ? undefined : "checksum";
}

/** A regular expression, without anchors, that finds such secrets in any text. */
export function secretPattern(form: SecretForm): string {
  return `${form.prefix}_[0-9A-Za-z]{${charactersOf(form)}}_[0-9A-Za-z]{${CHECKSUM_CHARACTERS}}`;
}

/** How many characters such a secret has. */
export function secretLength(form: SecretForm): number {
  return form.prefix.length + charactersOf(form) + CHECKSUM_CHARACTERS + 2;
}

/** SHA-256 in lower-case hex. Nothing slower is needed: nobody guesses 160 random bits. */
export async function hashSecret(secret: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

function charactersOf({ bytes }: SecretForm): number {
  return Math.ceil((bytes * 8) / Math.log2(DIGITS.length));
}

/** CRC-32 (ISO 3309): it guards against mistakes, not against anybody. */
function checksumOf(text: string): string {
  let register = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = (register >>> 1) ^ (register & 1 ? CRC32_POLYNOMIAL : 0);
  }
  return inBase62(BigInt((register ^ 0xffffffff) >>> 0), CHECKSUM_CHARACTERS);
}

function inBase62(value: bigint, characters: number): string {
  const base = BigInt(DIGITS.length);
  const digits: string[] = [];
  for (let rest = value; digits.length < characters; rest /= base) digits.unshift(DIGITS.charAt(Number(rest % base)));
  return digits.join("");
}
