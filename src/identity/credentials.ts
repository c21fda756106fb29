/**
 * The credentials of a request: the `Authorization` header (RFC 6750 section 2.1) and nothing else. A token in the
 * query or in a body is none. Refuses several tokens, other schemes, and what is longer than any honest token.
 */
import { refuse } from "./refusal.ts";

const MAX_CHARACTERS = 8192;

/** `token68` of RFC 9110 section 11.2. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
/** Headers of one name arrive joined by commas, which no token has. */
const SEVERAL = /^bearer(\s.*)?,|,\s*(bearer|dpop|basic)(\s|,|$)/i;

/**
 * The bearer token of a request, or undefined where it has no credentials.
 *
 * @throws Refusal
 */
export function readBearerToken(headers: Headers): string | undefined {
  const value = headers.get("authorization");
  if (value === null) return undefined;
  if (value.length > MAX_CHARACTERS) throw refuse({ kind: "too-long" });
  if (SEVERAL.test(value)) throw refuse({ kind: "several-credentials" });
  if (!/^bearer( |$)/i.test(value)) throw refuse({ kind: "unknown-scheme" });
  const token = BEARER.exec(value)?.[1];
  if (token === undefined) throw refuse({ kind: "malformed-credentials" });
  return token;
}
