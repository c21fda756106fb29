/** Proves that this sign-in has already entered a valid code, so that showing the consent page does not count as a guess. */
import { isKeyedHash, keyedHash } from "#features/identity/sign-ins/keyed-hash.ts";
import { isSecretToken } from "#features/identity/sign-ins/secret-token.ts";

const PURPOSE = "device-code-entry";
const BASE64URL = { alphabet: "base64url" } as const;

/** Returns 43 characters of base64url. `signInHash` is the hash under which the sign-in is stored. */
export async function entryProof(secret: string, signInHash: string, userCode: string): Promise<string> {
  const hash = await keyedHash(secret, PURPOSE, `${signInHash}\n${userCode}`);
  return hash.toBase64({ ...BASE64URL, omitPadding: true });
}

export async function isEntryProof(
  secret: string,
  signInHash: string,
  userCode: string,
  proof: string,
): Promise<boolean> {
  if (!isSecretToken(proof)) return false;
  return isKeyedHash(secret, PURPOSE, `${signInHash}\n${userCode}`, Uint8Array.fromBase64(proof, BASE64URL));
}
