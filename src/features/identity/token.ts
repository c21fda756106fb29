/**
 * A token before anything in it is believed: three segments, each in its one canonical encoding, the first two strict
 * JSON objects. It is read for two purposes only: to choose the issuer to verify it with, and to refuse headers by
 * which a token would choose its own key or ask for an extension that we do not know (RFC 8725 sections 3.1, 3.10).
 */
import { base64url } from "jose";
import { isJsonObject, JsonError, type JsonObject, parseJson } from "#core/http/json.ts";
import { refuse } from "./refusal.ts";

export interface UnverifiedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Keys that come with the token, other encodings of it, nested tokens, and extensions (RFC 7515 section 4.1.11). */
const REFUSED_PARAMETERS = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"];

/** @throws Refusal */
export function readUnverified(token: string): UnverifiedToken {
  const parsed = readSigned(token);
  if (parsed === undefined) throw refuse({ kind: "malformed-token" });
  const refused = refusedParameter(parsed.header);
  if (refused !== undefined) throw refuse({ kind: "header", name: refused });
  return parsed;
}

/** The header parameter that no signed token may have here, if there is one; `allowed` ones are passed over. */
export function refusedParameter(header: JsonObject, allowed: readonly string[] = []): string | undefined {
  return REFUSED_PARAMETERS.find((name) => Object.hasOwn(header, name) && !allowed.includes(name));
}

/** The parts of a compact signed token (RFC 7515 section 7.1); undefined for what is none. */
export function readSigned(token: string): UnverifiedToken | undefined {
  const segments = token.split(".");
  const [head, payload, signature] = segments.map(decodeCanonical);
  if (segments.length !== 3 || head === undefined || payload === undefined || signature === undefined) return undefined;
  const header = parseObject(head);
  const claims = parseObject(payload);
  return header === undefined || claims === undefined ? undefined : { header, claims };
}

/** Two spellings of one token would pass for two tokens; and what one parser skips, another may read. */
function decodeCanonical(segment: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(segment)) return undefined;
  try {
    const bytes = base64url.decode(segment);
    return base64url.encode(bytes) === segment ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(bytes);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return undefined;
  }
}
