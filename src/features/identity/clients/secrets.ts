/** Secrets of confidential OAuth clients: 256 random bits. Only the hash is stored. */
import { hashSecret, secretLength, secretPattern, writeSecret } from "../api-keys/secret.ts";

const FORM = { prefix: "sluice_client", bytes: 32 };

/** A regular expression for secret scanners. */
export const CLIENT_SECRET_PATTERN = secretPattern(FORM);
export const CLIENT_SECRET_CHARACTERS = secretLength(FORM);
export const CLIENT_SECRET_RANDOM_BYTES = FORM.bytes;

/** The stored state of a client's secrets. Hashes come from `hashSecret`; times are epoch milliseconds. */
export interface StoredSecrets {
  readonly secretHash: string | null;
  readonly previousSecretHash: string | null;
  readonly previousSecretExpiresAt: number | null;
}

/** A new secret. `random` is 32 bytes. */
export function writeClientSecret(random: Uint8Array): string {
  return writeSecret(FORM, random);
}

/**
 * Whether the secret is the client's present one, or the previous one while it is still valid. The comparison is
 * between hashes, so its timing reveals nothing about the secret. It does not check the format, because the demo
 * clients' secrets have another one.
 */
export async function isClientSecret(secret: string, stored: StoredSecrets, now: number): Promise<boolean> {
  const hash = await hashSecret(secret);
  if (hash === stored.secretHash) return true;
  const { previousSecretHash, previousSecretExpiresAt } = stored;
  return hash === previousSecretHash && previousSecretExpiresAt !== null && now < previousSecretExpiresAt;
}
