/**
 * Builds the `WWW-Authenticate` header of the service (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
 * No other file builds it.
 */

/** The path of the protected resource's metadata (RFC 9728 section 3). */
export const METADATA_PATH = "/.well-known/oauth-protected-resource";

/** The signature algorithms that a proof may use, as JWA names them (RFC 7518, RFC 8037, RFC 9864). */
export const PROOF_ALGORITHMS = ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"] as const;

/** The authentication scheme that the token is sent with. */
export type Scheme = "Bearer" | "DPoP";

/** Undefined if the request has no credentials; the header then names no error. */
export type ChallengeError =
  | {
      readonly error: "invalid_request" | "invalid_token" | "invalid_dpop_proof" | "use_dpop_nonce";
      /** RFC 6750 section 3: text for developers, without quotation marks and backslashes. */
      readonly error_description?: string;
    }
  | { readonly error: "insufficient_scope"; readonly scope: string };

/**
 * `origin` is the service's origin, without a trailing slash. Without an error the header offers both schemes; an error
 * uses the scheme of the request.
 */
export function challenge(
  origin: string,
  error?: ChallengeError,
  scheme: Scheme = "Bearer",
): { readonly "WWW-Authenticate": string } {
  const offered: readonly Scheme[] = error === undefined ? ["Bearer", "DPoP"] : [scheme];
  return { "WWW-Authenticate": offered.map((name) => challengeIn(name, origin, error)).join(", ") };
}

function challengeIn(scheme: Scheme, origin: string, error: ChallengeError | undefined): string {
  const parameters = {
    realm: "sluice",
    ...error,
    ...(scheme === "DPoP" ? { algs: PROOF_ALGORITHMS.join(" ") } : {}),
    resource_metadata: `${origin}${METADATA_PATH}`,
  };
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${pairs.join(", ")}`;
}
