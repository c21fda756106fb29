/**
 * Nonces of DPoP proofs (RFC 9449 sections 8 and 9), derived from the minute and the deployment's secret, so none is
 * stored. The computation is the same as in `oidc-provider`, so one nonce works at the token endpoint and at the API.
 * Clients keep a single nonce per origin.
 */
import { deriveBytes } from "#core/contract/derived-key.ts";
import { toBase64url } from "#core/http/base64url.ts";

const PURPOSE = "dpop-nonces";
const EPOCH_MS = 60_000;
const BYTES = 32;
const INFO = new TextEncoder().encode("DPoP");

/** The 32 bytes that the authorization server derives its nonces from. */
export function nonceSecret(secret: string): Promise<Uint8Array<ArrayBuffer>> {
  return deriveBytes(secret, PURPOSE, BYTES);
}

/** The nonce to issue at `now` (epoch ms). It is valid for at least one minute and at most two. */
export async function currentNonce(secret: string, now: number): Promise<string> {
  return nonceOf(secret, epochOf(now) + 1);
}

/** Whether this service issued the nonce in this minute or the one before. */
export async function isOurNonce(nonce: string, secret: string, now: number): Promise<boolean> {
  const epoch = epochOf(now);
  const good = await Promise.all([epoch + 1, epoch].map((accepted) => nonceOf(secret, accepted)));
  return good.includes(nonce);
}

function epochOf(now: number): number {
  return Math.floor(now / EPOCH_MS);
}

/** The epoch is the salt: eight bytes, big-endian. */
async function nonceOf(secret: string, epoch: number): Promise<string> {
  const material = await crypto.subtle.importKey("raw", await nonceSecret(secret), "HKDF", false, ["deriveBits"]);
  const salt = new Uint8Array(8);
  new DataView(salt.buffer).setBigUint64(0, BigInt(epoch));
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: INFO }, material, BYTES * 8);
  return toBase64url(new Uint8Array(bits));
}
