/**
 * Encrypts the successor of a refresh token so that only its predecessor decrypts it. The cipher is AES-256-GCM under a
 * key derived from the old token (HKDF, RFC 5869). Neither token is stored, so a reader of the database gets neither.
 */
import { deriveBytes } from "#core/contract/derived-key.ts";
import { fromBase64url, toBase64url } from "#core/http/base64url.ts";

const PURPOSE = "refresh-successor";
const IV_BYTES = 12;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `iv` is 12 random bytes. */
export async function sealSuccessor(token: string, successor: string, iv: Uint8Array<ArrayBuffer>): Promise<string> {
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(token), encoder.encode(successor));
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return toBase64url(bytes);
}

/** @throws if it was not encrypted under this token */
export async function openSuccessor(token: string, sealed: string): Promise<string> {
  const bytes = fromBase64url(sealed);
  const iv = bytes.slice(0, IV_BYTES);
  return decoder.decode(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(token), bytes.slice(IV_BYTES)),
  );
}

export const SEALING_RANDOM_BYTES = IV_BYTES;

async function keyOf(token: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", await deriveBytes(token, PURPOSE, 32), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}
