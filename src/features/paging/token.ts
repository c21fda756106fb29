/**
 * Signed tokens: what a client carries for us and cannot read as anything but a whole. One altered character, a
 * cut, another secret, purpose or list, and the token is none of ours (HMAC-SHA-256, RFC 2104, 128 bits kept).
 * What a token is bound to is signed with it and not carried in it, so that a token never grows with the query.
 */
import { z } from "@hono/zod-openapi";
import { deriveBytes } from "#core/contract/derived-key.ts";

/** What a token is good for, and when. */
export interface TokenScope {
  readonly secret: string;
  /** All that makes the list the same list: collection, filters, order, and who asks where that matters. */
  readonly binding: string;
  /** Epoch ms. */
  readonly now: number;
}

export interface OpenedToken {
  readonly payload: unknown;
  /** Epoch ms. At this moment the token is no longer good. */
  readonly expiresAt: number;
}

const MAC_BYTES = 16;

const MARK_CHARACTERS = 6;

const contentSchema = z.tuple([z.number(), z.unknown()]);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A key, and what tells it from another one. */
interface PurposeKey {
  readonly key: CryptoKey;
  readonly mark: string;
}

const keys = new Map<string, Promise<PurposeKey>>();
const digests = new WeakMap<TokenScope, Promise<Uint8Array>>();

/** Makes a token that opens only within `scope` and for the same purpose, good until `expiresAt` (epoch ms). */
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
  return encode(bytes);
}

/**
 * What the token holds, expired or not; undefined when it is not exactly one that `signToken` made in this scope, or
 * made by a release that wrote tokens in another form.
 */
export async function openToken(scope: TokenScope, purpose: string, token: string): Promise<OpenedToken | undefined> {
  const bytes = decode(token);
  if (bytes === undefined || bytes.byteLength <= MAC_BYTES) return undefined;
  const content = bytes.subarray(MAC_BYTES);
  const mac = await macOf(scope, purpose, content);
  if (!crypto.subtle.timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) return undefined;
  const { success, data } = contentSchema.safeParse(contentOf(content));
  return success ? { expiresAt: data[0], payload: data[1] } : undefined;
}

/**
 * A few characters that are others where `secret` is. What is kept together with tokens, such as a page by its entity
 * tag, is marked by it, so that both end at once.
 */
export async function markOf(secret: string, purpose: string): Promise<string> {
  return (await keyFor(secret, purpose)).mark;
}

/** The binding is signed as a digest: of fixed length, nothing of the content can pass for a part of it. */
async function macOf(scope: TokenScope, purpose: string, content: Uint8Array): Promise<Uint8Array> {
  const [binding, { key }] = await Promise.all([digestOf(scope), keyFor(scope.secret, purpose)]);
  const signed = new Uint8Array(binding.byteLength + content.byteLength);
  signed.set(binding);
  signed.set(content, binding.byteLength);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed), 0, MAC_BYTES);
}

/** Once for each scope: a page opens one token and signs two. */
function digestOf(scope: TokenScope): Promise<Uint8Array> {
  const known = digests.get(scope);
  if (known !== undefined) return known;
  const made = crypto.subtle.digest("SHA-256", encoder.encode(scope.binding)).then((digest) => new Uint8Array(digest));
  digests.set(scope, made);
  return made;
}

/** One key for each purpose, so that a token of one kind is never good for another. */
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
  return { key, mark: encode(mac).slice(0, MARK_CHARACTERS) };
}

/** Undefined for what is no JSON. */
function contentOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Only the one canonical spelling is decoded: the spare bits of the last character must be zero. */
function decode(token: string): Uint8Array | undefined {
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url", lastChunkHandling: "loose" });
    return encode(bytes) === token ? bytes : undefined;
  } catch {
    return undefined;
  }
}
