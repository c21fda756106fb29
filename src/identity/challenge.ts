/** The `WWW-Authenticate` header of the service (RFC 6750 section 3, RFC 9728 section 5.1): made here and nowhere else. */

/** Where the metadata of the protected resource is (RFC 9728 section 3). */
export const METADATA_PATH = "/.well-known/oauth-protected-resource";

/** Undefined: the request had no credentials, and so no error of theirs is named. */
export type ChallengeError =
  | { readonly error: "invalid_request" | "invalid_token" }
  | { readonly error: "insufficient_scope"; readonly scope: string };

/** `origin` is the service's own, without a trailing slash. */
export function challenge(origin: string, error?: ChallengeError): { readonly "WWW-Authenticate": string } {
  const parameters = { realm: "sluice", ...error, resource_metadata: `${origin}${METADATA_PATH}` };
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return { "WWW-Authenticate": `Bearer ${pairs.join(", ")}` };
}
