/**
 * Reads the credentials of a request: the `Authorization` header (RFC 6750 section 2.1, RFC 9449 section 7.1) and, for
 * a bound token, one `DPoP` header. Tokens in the query or the body are ignored. Refuses several tokens, other schemes,
 * and oversized tokens.
 */
import type { Scheme } from "./challenge.ts";
import { refuse } from "./refusal.ts";

export type Credentials =
  | { readonly scheme: "Bearer"; readonly token: string }
  | { readonly scheme: "DPoP"; readonly token: string; readonly proof: string };

const MAX_CHARACTERS = 8192;

/** `token68` of RFC 9110 section 11.2. */
const TOKEN = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i;
/** Several headers of one name arrive joined by commas. A token contains no comma. */
const SEVERAL = /^(bearer|dpop)(\s.*)?,|,\s*(bearer|dpop|basic)(\s|,|$)/i;

/** The scheme of the credentials, even if the rest is malformed. Undefined for another scheme or no credentials. */
export function schemeOf(headers: Headers): Scheme | undefined {
  const scheme = /^(bearer|dpop)(?![^ ,])/i.exec(headers.get("authorization") ?? "")?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  return scheme === "dpop" ? "DPoP" : "Bearer";
}

/**
 * The credentials of a request, or undefined if it has none.
 *
 * @throws Refusal
 */
export function readCredentials(headers: Headers): Credentials | undefined {
  const value = headers.get("authorization");
  if (value === null) return undefined;
  if (value.length > MAX_CHARACTERS) throw refuse({ kind: "too-long" });
  if (SEVERAL.test(value)) throw refuse({ kind: "several-credentials" });
  const scheme = schemeOf(headers);
  if (scheme === undefined) throw refuse({ kind: "unknown-scheme" });
  const token = TOKEN.exec(value)?.[1];
  if (token === undefined) throw refuse({ kind: "malformed-credentials" });
  return scheme === "Bearer" ? { scheme, token } : { scheme, token, proof: readProof(headers) };
}

/** All tokens contain dots; keys do not. */
export function isApiKey({ scheme, token }: Credentials): boolean {
  return scheme === "Bearer" && token.startsWith("sluice_") && !token.includes(".");
}

function readProof(headers: Headers): string {
  const proof = headers.get("dpop");
  if (proof === null) throw refuse({ kind: "proof", name: "missing" });
  if (proof.length > MAX_CHARACTERS) throw refuse({ kind: "proof", name: "too-long" });
  if (proof.includes(",")) throw refuse({ kind: "several-proofs" });
  return proof;
}
