/** Proves that this sign-in has already entered a valid code, so that showing the consent page does not count as a guess. */
import { fromBase64url, toBase64url } from "#core/http/base64url.ts";
import { isKeyedHash, keyedHash } from "#features/identity/sign-ins/keyed-hash.ts";
import { isSecretToken } from "#features/identity/sign-ins/secret-token.ts";

const PURPOSE = "device-code-entry";

/** Returns 43 characters of base64url. `signInHash` is the hash under which the sign-in is stored. */
export async function entryProof(secret: string, signInHash: string, userCode: string): Promise<string> {
  const hash = await keyedHash(secret, PURPOSE, `${signInHash}\n${userCode}`);
  return toBase64url(hash);
}

export async function isEntryProof(
  secret: string,
  signInHash: string,
  userCode: string,
  proof: string,
): Promise<boolean> {
  if (!isSecretToken(proof)) return false;
  return isKeyedHash(secret, PURPOSE, `${signInHash}\n${userCode}`, fromBase64url(proof));
}
