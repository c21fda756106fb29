/**
 * Identifies requests. The sender, the target and the key select the record; a fingerprint of everything the request
 * asks for identifies the request. Neither contains credentials, which can be renewed between attempts, or headers such
 * as `If-Match`, which are conditions and not content.
 */
import { type Principal, principalKey } from "#core/contract/principal.ts";
import { toHex } from "#core/http/hex.ts";
import { JsonError, parseJson } from "#core/http/json.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import { canonicalJson } from "./canonical-json.ts";

/** The scope of a key: another principal, method or path makes it another key. */
export interface KeyScope {
  readonly principal: Principal;
  readonly method: string;
  /** The concrete path, not the template. */
  readonly path: string;
  readonly key: string;
}

export interface FingerprintedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly contentType: string | undefined;
  readonly content: Uint8Array | undefined;
}

const encoder = new TextEncoder();

/** The name of the key's record, as 64 hexadecimal digits. */
export function recordHashOf({ principal, method, path, key }: KeyScope): Promise<string> {
  // Anonymous clients are distinguished only by their address.
  const who = principal.kind === "anonymous" ? `anonymous:${principal.address}` : principalKey(principal);
  return sha256(encoder.encode(JSON.stringify([who, method, path, key])));
}

/** SHA-256 in hexadecimal. JSON bodies are compared by value, all others by bytes. */
export async function fingerprintOf(request: FingerprintedRequest): Promise<string> {
  const { method, path, query, apiVersion, contentType, content } = request;
  const essence = content === undefined ? "" : (parseMediaType(contentType ?? "")?.essence ?? "");
  const parameters = Array.from(query).sort(byNameAndValue);
  const body = await sha256(bodyOf(essence, content ?? new Uint8Array()));
  return sha256(encoder.encode(JSON.stringify([method, path, parameters, essence, apiVersion, body])));
}

function bodyOf(essence: string, content: Uint8Array): Uint8Array {
  if (!/^application\/(.+\+)?json$/.test(essence)) return content;
  try {
    return encoder.encode(canonicalJson(parseJson(content)));
  } catch (error) {
    // A later stage refuses it.
    if (error instanceof JsonError) return content;
    throw error;
  }
}

function byNameAndValue([name, value]: [string, string], [otherName, otherValue]: [string, string]): number {
  if (name !== otherName) return name < otherName ? -1 : 1;
  if (value === otherValue) return 0;
  return value < otherValue ? -1 : 1;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
