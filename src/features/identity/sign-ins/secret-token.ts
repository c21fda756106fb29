/** Bearer tokens of 256 random bits, of which only the hash is stored. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { toBase64url } from "#core/http/base64url.ts";

const encoder = new TextEncoder();

export interface SecretToken {
  /** 43 characters of base64url. */
  readonly token: string;
  readonly hash: string;
}

export async function makeSecretToken(randomBytes: RequestContext["randomBytes"]): Promise<SecretToken> {
  const token = toBase64url(randomBytes(32));
  return { token, hash: await hashOf(token) };
}

/** Undefined if the text cannot be such a token. */
export async function hashOfToken(token: string | undefined): Promise<string | undefined> {
  return token !== undefined && isSecretToken(token) ? hashOf(token) : undefined;
}

export function isSecretToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

async function hashOf(token: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(token))).toHex();
}
