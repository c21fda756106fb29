/**
 * Signed tokens that clients store and return unchanged (HMAC-SHA-256, RFC 2104, truncated to 128 bits). A token is
 * rejected if a character changes, or with another secret, purpose or list. The binding is signed but not included, so
 * the length of a token does not depend on the query.
 */
import { z } from "@hono/zod-openapi";
import { deriveBytes } from "#core/contract/derived-key.ts";
import { readBase64url, toBase64url } from "#core/http/base64url.ts";

/** The validity of a token. */
export interface TokenScope {
  readonly secret: string;
  /** Everything that identifies the list: collection, filters, order, and the caller if the list depends on it. */
  readonly binding: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface OpenedToken {
  readonly payload: unknown;
  /** Epoch ms. The token is invalid from this time on. */
  readonly expiresAt: number;
}

const MAC_BYTES = 16;

const MARK_CHARACTERS = 6;

const contentSchema = z.tuple([z.number(), z.unknown()]);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A key, and a mark that identifies it. */
interface PurposeKey {
  readonly key: CryptoKey;
  readonly mark: string;
}

const keys = new Map<string, Promise<PurposeKey>>();
const digests = new WeakMap<TokenScope, Promise<Uint8Array>>();

/** Signs a token that is valid only in `scope`, for the same purpose, until `expiresAt` (epoch ms). */
export async function signToken(
  scope: TokenScope,
  purpose: string,
  expiresAt: number,
  payload: unknown,
): Promise<string> {
  const content = encoder.encode(JSON.stringify([expiresAt, payload]));
  const bytes = new Uint8Array(MAC_BYTES + content.byteLength);
  bytes.set(await macOf(scope, purpose, content));
  bytes.set(content, MAC_BYTES);
  return toBase64url(bytes);
}

/**
 * The content of the token, expired or not. Undefined unless `signToken` made it in this scope and the current format.
 */
export async function openToken(scope: TokenScope, purpose: string, token: string): Promise<OpenedToken | undefined> {
  const bytes = readBase64url(token);
  if (bytes === undefined || bytes.byteLength <= MAC_BYTES) return undefined;
  const content = bytes.subarray(MAC_BYTES);
  const mac = await macOf(scope, purpose, content);
  if (!crypto.subtle.timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) return undefined;
  const { success, data } = contentSchema.safeParse(contentOf(content));
  return success ? { expiresAt: data[0], payload: data[1] } : undefined;
}

/**
 * A few characters that depend on `secret`. Adding them to the ETag of a page with tokens makes both invalid together.
 */
export async function markOf(secret: string, purpose: string): Promise<string> {
  return (await keyFor(secret, purpose)).mark;
}

/** Signs the binding as a digest of fixed length, so that no content can be mistaken for a part of the binding. */
async function macOf(scope: TokenScope, purpose: string, content: Uint8Array): Promise<Uint8Array> {
  const [binding, { key }] = await Promise.all([digestOf(scope), keyFor(scope.secret, purpose)]);
  const signed = new Uint8Array(binding.byteLength + content.byteLength);
  signed.set(binding);
  signed.set(content, binding.byteLength);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed), 0, MAC_BYTES);
}

/** Cached per scope: a page opens one token and signs two. */
function digestOf(scope: TokenScope): Promise<Uint8Array> {
  const known = digests.get(scope);
  if (known !== undefined) return known;
  const made = crypto.subtle.digest("SHA-256", encoder.encode(scope.binding)).then((digest) => new Uint8Array(digest));
  digests.set(scope, made);
  return made;
}

/** A separate key per purpose, so that a token of one kind is never valid as another. */
function keyFor(secret: string, purpose: string): Promise<PurposeKey> {
  const name = `${purpose}\n${secret}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = deriveKey(secret, purpose);
  keys.set(name, made);
  return made;
}

async function deriveKey(secret: string, purpose: string): Promise<PurposeKey> {
  const bytes = await deriveBytes(secret, purpose, 32);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode("mark")));
  return { key, mark: toBase64url(mac).slice(0, MARK_CHARACTERS) };
}

/** Undefined if the content is not JSON. */
function contentOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}
