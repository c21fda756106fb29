/**
 * Challenges of WebAuthn ceremonies. A challenge carries its expiry and a keyed hash over its purpose, so it needs no
 * storage before use. Its parts are expiry (6 bytes), random (16) and keyed hash (32). Refuses challenges of another
 * browser, purpose or account. The store ensures that each is used once.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { readBase64url, toBase64url } from "#core/http/base64url.ts";
import { isKeyedHash, keyedHash } from "../sign-ins/keyed-hash.ts";
import { CEREMONY_MS } from "./relying-party.ts";

/** The purpose that a challenge is bound to. */
export interface Ceremony {
  readonly kind: "register" | "log-in";
  readonly browserId: string;
  /** The account that registers a passkey; empty at a log-in, where the account is not known yet. */
  readonly accountId: string;
}

const PURPOSE = "webauthn";
const EXPIRY_BYTES = 6;
const RANDOM_BYTES = 16;
const CLAIM_BYTES = EXPIRY_BYTES + RANDOM_BYTES;
const HASH_BYTES = 32;

/** In base64url. */
export async function makeChallenge(ceremony: Ceremony, context: RequestContext): Promise<string> {
  const { now, randomBytes, settings } = context;
  const bytes = new Uint8Array(CLAIM_BYTES + HASH_BYTES);
  const expiresAt = now + CEREMONY_MS;
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(expiresAt / 2 ** 32));
  view.setUint32(2, expiresAt % 2 ** 32);
  bytes.set(randomBytes(RANDOM_BYTES), EXPIRY_BYTES);
  bytes.set(await keyedHash(settings.secret, PURPOSE, signedText(bytes, ceremony)), CLAIM_BYTES);
  return toBase64url(bytes);
}

/** Whether the challenge was created for this ceremony and has not expired. */
export async function isChallenge(text: string, ceremony: Ceremony, context: RequestContext): Promise<boolean> {
  const bytes = readBase64url(text);
  if (bytes?.byteLength !== CLAIM_BYTES + HASH_BYTES) return false;
  const view = new DataView(bytes.buffer);
  const expiresAt = view.getUint16(0) * 2 ** 32 + view.getUint32(2);
  if (expiresAt <= context.now) return false;
  return isKeyedHash(context.settings.secret, PURPOSE, signedText(bytes, ceremony), bytes.slice(CLAIM_BYTES));
}

/** The parts cannot be confused, because neither ids nor hexadecimal digits contain a line break. */
function signedText(bytes: Uint8Array, { kind, browserId, accountId }: Ceremony): string {
  return [kind, browserId, accountId, bytes.subarray(0, CLAIM_BYTES).toHex()].join("\n");
}
