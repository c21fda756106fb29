/**
 * Secrets that programs keep. They are random, recognizable in a leak, and carry a checksum, so a mistyped or invented
 * secret is refused without a query. They use letters and digits only, so no form or header has to encode them. Only
 * the hash is stored. Pure: randomness is passed in.
 */
import { toHex } from "#core/http/hex.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 32 bits in base 62. */
const CHECKSUM_CHARACTERS = 6;
const CRC32_POLYNOMIAL = 0xedb88320;

/** The format of one kind of secret. */
export interface SecretForm {
  readonly prefix: string;
  /** The number of random bytes. */
  readonly bytes: number;
}

/** Writes `random` as a secret of this form. @throws RangeError if the number of bytes is not the form's */
export function writeSecret(form: SecretForm, random: Uint8Array): string {
  if (random.length !== form.bytes) throw new RangeError(`a secret needs ${form.bytes} random bytes`);
  const body = `${form.prefix}_${inBase62(BigInt(`0x${toHex(random)}`), charactersOf(form))}`;
  return `${body}_${checksumOf(body)}`;
}

/** The syntactic fault of the text; undefined if there is none. */
export function secretFault(form: SecretForm, text: string): "malformed" | "checksum" | undefined {
  if (!new RegExp(`^${secretPattern(form)}$`).test(text)) return "malformed";
  const end = text.length - CHECKSUM_CHARACTERS;
  return checksumOf(text.slice(0, end - 1)) === text.slice(end) ? undefined : "checksum";
}

/** A regular expression without anchors that finds secrets of this form in any text. */
export function secretPattern(form: SecretForm): string {
  return `${form.prefix}_[0-9A-Za-z]{${charactersOf(form)}}_[0-9A-Za-z]{${CHECKSUM_CHARACTERS}}`;
}

/** The length of such a secret in characters. */
export function secretLength(form: SecretForm): number {
  return form.prefix.length + charactersOf(form) + CHECKSUM_CHARACTERS + 2;
}

/** SHA-256 in lower-case hex. A slow hash is not needed, because 160 random bits cannot be guessed. */
export async function hashSecret(secret: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

function charactersOf({ bytes }: SecretForm): number {
  return Math.ceil((bytes * 8) / Math.log2(DIGITS.length));
}

/** CRC-32 (ISO 3309). It detects typing errors; it is not a security measure. */
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
