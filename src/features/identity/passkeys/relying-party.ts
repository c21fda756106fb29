/** The service as a WebAuthn relying party: its id is the host's name (Web Authentication section 5.1.2). */

export const RELYING_PARTY_NAME = "Sluice";

/** The most passkeys that an account can have. */
export const MOST_PASSKEYS = 10;

/** COSE algorithms, the preferred first: EdDSA, ES256, RS256. */
export const ALGORITHMS = [-8, -7, -257];

/** How long a challenge is good, and how long a browser waits for the person. */
export const CEREMONY_MS = 5 * 60_000;

/** The most that a browser's answer can have. */
export const MAX_RESPONSE_CHARACTERS = 16_384;

export function relyingPartyId(origin: string): string {
  return new URL(origin).hostname;
}

/** Whether browsers do WebAuthn here: over TLS or on `localhost`, and never on an address without a name. */
export function passkeysPossible(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return true;
  return protocol === "https:" && !hostname.startsWith("[") && !/^[\d.]+$/.test(hostname);
}
