/**
 * Parses a token without trusting it: three segments, each in its canonical encoding, the first two strict JSON
 * objects. The result serves two purposes only: to choose the issuer to verify the token with, and to refuse dangerous
 * headers. These let a token choose its own key, or request an unknown extension (RFC 8725 sections 3.1, 3.10).
 */
import { readBase64url } from "#core/http/base64url.ts";
import { isJsonObject, JsonError, type JsonObject, parseJson } from "#core/http/json.ts";
import { refuse } from "./refusal.ts";

export interface UnverifiedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Keys that come with the token, other encodings, nested tokens, and extensions (RFC 7515 section 4.1.11). */
const REFUSED_PARAMETERS = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty"];

/** @throws Refusal */
export function readUnverified(token: string): UnverifiedToken {
  const parsed = readSigned(token);
  if (parsed === undefined) throw refuse({ kind: "malformed-token" });
  const refused = refusedParameter(parsed.header);
  if (refused !== undefined) throw refuse({ kind: "header", name: refused });
  return parsed;
}

/** The header parameter that no signed token may have here, if there is one; those in `allowed` are ignored. */
export function refusedParameter(header: JsonObject, allowed: readonly string[] = []): string | undefined {
  return REFUSED_PARAMETERS.find((name) => Object.hasOwn(header, name) && !allowed.includes(name));
}

/** The parts of a compact signed token (RFC 7515 section 7.1); undefined if the text is not one. */
export function readSigned(token: string): UnverifiedToken | undefined {
  const segments = token.split(".");
  const [head, payload, signature] = segments.map(decodeCanonical);
  if (segments.length !== 3 || head === undefined || payload === undefined || signature === undefined) return undefined;
  const header = parseObject(head);
  const claims = parseObject(payload);
  return header === undefined || claims === undefined ? undefined : { header, claims };
}

/** Two spellings of one token would count as two tokens, and parsers could disagree on skipped characters. */
function decodeCanonical(segment: string): Uint8Array | undefined {
  return segment === "" ? undefined : readBase64url(segment);
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
