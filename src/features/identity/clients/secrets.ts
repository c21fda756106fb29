/** Secrets of confidential OAuth clients: 256 random bits, known to the client alone. What is stored is the hash. */
import { hashSecret, secretLength, secretPattern, writeSecret } from "../api-keys/secret.ts";

const FORM = { prefix: "sluice_client", bytes: 32 };

/** A regular expression for tools that look for leaked secrets. */
export const CLIENT_SECRET_PATTERN = secretPattern(FORM);
export const CLIENT_SECRET_CHARACTERS = secretLength(FORM);
export const CLIENT_SECRET_RANDOM_BYTES = FORM.bytes;

/** What is stored of a client's secrets. Hashes are `hashSecret`'s, times are epoch milliseconds. */
export interface StoredSecrets {
  readonly secretHash: string | null;
  readonly previousSecretHash: string | null;
  readonly previousSecretExpiresAt: number | null;
}

/** A new secret. `random` are 32 bytes. */
export function writeClientSecret(random: Uint8Array): string {
  return writeSecret(FORM, random);
}

/**
 * Whether it is the client's secret, or the one before while that still counts. Hashes are compared, so how long it
 * takes tells nothing of the secret. The demo clients' secrets have another form, so none is asked for.
 */
export async function isClientSecret(secret: string, stored: StoredSecrets, now: number): Promise<boolean> {
  const hash = await hashSecret(secret);
  if (hash === stored.secretHash) return true;
  const { previousSecretHash, previousSecretExpiresAt } = stored;
  return hash === previousSecretHash && previousSecretExpiresAt !== null && now < previousSecretExpiresAt;
}
