/**
 * Challenges of WebAuthn ceremonies. One carries its own expiry and a keyed hash over what it is for, so that none has to
 * be remembered until it is answered: expiry (6 bytes), random (16), keyed hash (32). Refuses what another browser, for
 * another purpose or for another account was given; that each is good once is the store's part.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { isKeyedHash, keyedHash } from "../sign-ins/keyed-hash.ts";
import { CEREMONY_MS } from "./relying-party.ts";

/** What a challenge is good for. */
export interface Ceremony {
  readonly kind: "register" | "log-in";
  readonly browserId: string;
  /** Of who registers; empty at a log-in, where nobody knows yet. */
  readonly accountId: string;
}

const PURPOSE = "webauthn";
const EXPIRY_BYTES = 6;
const RANDOM_BYTES = 16;
const CLAIM_BYTES = EXPIRY_BYTES + RANDOM_BYTES;
const HASH_BYTES = 32;

/** In base64url. */
export async function makeChallenge(ceremony: Ceremony, surroundings: Surroundings): Promise<string> {
  const { now, randomBytes, settings } = surroundings;
  const bytes = new Uint8Array(CLAIM_BYTES + HASH_BYTES);
  const expiresAt = now + CEREMONY_MS;
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(expiresAt / 2 ** 32));
  view.setUint32(2, expiresAt % 2 ** 32);
  bytes.set(randomBytes(RANDOM_BYTES), EXPIRY_BYTES);
  bytes.set(await keyedHash(settings.secret, PURPOSE, signedText(bytes, ceremony)), CLAIM_BYTES);
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Whether it was made for this ceremony and is still good. */
export async function isChallenge(text: string, ceremony: Ceremony, surroundings: Surroundings): Promise<boolean> {
  const bytes = bytesOf(text);
  if (bytes?.byteLength !== CLAIM_BYTES + HASH_BYTES) return false;
  const view = new DataView(bytes.buffer);
  const expiresAt = view.getUint16(0) * 2 ** 32 + view.getUint32(2);
  if (expiresAt <= surroundings.now) return false;
  return isKeyedHash(surroundings.settings.secret, PURPOSE, signedText(bytes, ceremony), bytes.slice(CLAIM_BYTES));
}

/** No part can pass for another: neither ids nor hexadecimal digits have a line's end. */
function signedText(bytes: Uint8Array, { kind, browserId, accountId }: Ceremony): string {
  return [kind, browserId, accountId, bytes.subarray(0, CLAIM_BYTES).toHex()].join("\n");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
