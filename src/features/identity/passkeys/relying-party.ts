/** The service as a WebAuthn relying party. Its id is the host name (Web Authentication section 5.1.2). */

export const RELYING_PARTY_NAME = "Sluice";

/** The maximum number of passkeys per account. */
export const MOST_PASSKEYS = 10;

/** COSE algorithms in order of preference: EdDSA, ES256, RS256. */
export const ALGORITHMS = [-8, -7, -257];

/** How long a challenge is valid, and how long a browser waits for the person. */
export const CEREMONY_MS = 5 * 60_000;

/** The maximum length of a browser's response. */
export const MAX_RESPONSE_CHARACTERS = 16_384;

export function relyingPartyId(origin: string): string {
  return new URL(origin).hostname;
}

/** Whether browsers support WebAuthn at this origin: over TLS or on `localhost`, and never on an IP address. */
export function passkeysPossible(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return true;
  return protocol === "https:" && !hostname.startsWith("[") && !/^[\d.]+$/.test(hostname);
}
