/**
 * Bookmarks as clients carry them: a D1 bookmark with a signature (HMAC-SHA-256, RFC 2104). Only bookmarks that D1
 * issued reach D1. A bookmark states how new a response must be. It grants no permission, so any client may use it.
 */
import { deriveBytes } from "#core/contract/derived-key.ts";
import { readBase64url, toBase64url } from "#core/http/base64url.ts";

const PURPOSE = "bookmark";
const MAC_BYTES = 32;
/** D1's own bookmarks have 60 characters. */
const MAX_TOKEN_CHARACTERS = 512;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const keys = new Map<string, Promise<CryptoKey>>();

export async function sealBookmark(secret: string, bookmark: D1SessionBookmark): Promise<string> {
  const content = encoder.encode(bookmark);
  const bytes = new Uint8Array(MAC_BYTES + content.byteLength);
  bytes.set(new Uint8Array(await crypto.subtle.sign("HMAC", await keyOf(secret), content)));
  bytes.set(content, MAC_BYTES);
  return toBase64url(bytes);
}

/** Undefined if the token was not sealed with this secret. */
export async function openBookmark(secret: string, token: string): Promise<D1SessionBookmark | undefined> {
  if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
  const bytes = readBase64url(token);
  if (bytes === undefined || bytes.byteLength <= MAC_BYTES) return undefined;
  const content = bytes.subarray(MAC_BYTES);
  const isOurs = await crypto.subtle.verify("HMAC", await keyOf(secret), bytes.subarray(0, MAC_BYTES), content);
  return isOurs ? decoder.decode(content) : undefined;
}

function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const made = deriveKey(secret);
  keys.set(secret, made);
  return made;
}

async function deriveKey(secret: string): Promise<CryptoKey> {
  const bytes = await deriveBytes(secret, PURPOSE, 32);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
