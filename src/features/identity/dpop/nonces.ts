/**
 * Nonces of proofs (RFC 9449 sections 8 and 9): made of the minute and the deployment's secret, and so remembered nowhere.
 * They are computed as `oidc-provider` computes its own, so that one nonce serves the token endpoint and the API alike:
 * clients keep a single one for each origin.
 */
import { deriveBytes } from "#core/contract/derived-key.ts";

const PURPOSE = "dpop-nonces";
const EPOCH_MS = 60_000;
const BYTES = 32;
const INFO = new TextEncoder().encode("DPoP");

/** What the authorization server makes its nonces of: 32 bytes. */
export function nonceSecret(secret: string): Promise<Uint8Array<ArrayBuffer>> {
  return deriveBytes(secret, PURPOSE, BYTES);
}

/** The nonce to give out at `now` (epoch ms): good for a minute at least, for two at most. */
export async function currentNonce(secret: string, now: number): Promise<string> {
  return nonceOf(secret, epochOf(now) + 1);
}

/** Whether it was given out by us in this minute or the one before. */
export async function isOurNonce(nonce: string, secret: string, now: number): Promise<boolean> {
  const epoch = epochOf(now);
  const good = await Promise.all([epoch + 1, epoch].map((accepted) => nonceOf(secret, accepted)));
  return good.includes(nonce);
}

function epochOf(now: number): number {
  return Math.floor(now / EPOCH_MS);
}

/** The epoch is the salt: eight bytes, the most significant first. */
async function nonceOf(secret: string, epoch: number): Promise<string> {
  const material = await crypto.subtle.importKey("raw", await nonceSecret(secret), "HKDF", false, ["deriveBits"]);
  const salt = new Uint8Array(8);
  new DataView(salt.buffer).setBigUint64(0, BigInt(epoch));
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: INFO }, material, BYTES * 8);
  return new Uint8Array(bits).toBase64({ alphabet: "base64url", omitPadding: true });
}
