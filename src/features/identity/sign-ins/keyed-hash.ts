/** HMAC-SHA-256 under keys derived from the deployment's secret (HKDF, RFC 5869), one for each purpose. */
import { deriveBytes } from "#core/contract/derived-key.ts";

const encoder = new TextEncoder();
const keys = new Map<string, Promise<CryptoKey>>();

export async function keyedHash(secret: string, purpose: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await keyFor(secret, purpose), encoder.encode(text)));
}

/** Compares in constant time. */
export async function isKeyedHash(
  secret: string,
  purpose: string,
  text: string,
  hash: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return crypto.subtle.verify("HMAC", await keyFor(secret, purpose), hash, encoder.encode(text));
}

function keyFor(secret: string, purpose: string): Promise<CryptoKey> {
  const name = `${purpose}\n${secret}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = deriveKey(secret, purpose);
  keys.set(name, made);
  return made;
}

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const bytes = await deriveBytes(secret, purpose, 32);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
