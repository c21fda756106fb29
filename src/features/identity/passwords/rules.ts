/**
 * What a new password must be (NIST SP 800-63B section 3.1.1.2): long enough, and not one that is tried first. No rules
 * of composition, and no expiry: both make passwords worse.
 */
import { COMMON_PASSWORDS } from "./common-passwords.ts";

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 128;

export interface PasswordFault {
  readonly code: "too-short" | "too-long" | "too-common" | "same-as-email";
  /** For the person who chose it. */
  readonly detail: string;
}

/** What is wrong with a password somebody chooses, if anything. Lengths are in code points. */
export function passwordFault(password: string, email: string): PasswordFault | undefined {
  const normal = password.normalize("NFC");
  const length = Array.from(normal).length;
  if (length < MIN_CHARACTERS) {
    return { code: "too-short", detail: `The password must have at least ${MIN_CHARACTERS} characters.` };
  }
  if (length > MAX_CHARACTERS) {
    return { code: "too-long", detail: `The password may have at most ${MAX_CHARACTERS} characters.` };
  }
  const plain = normal.toLowerCase();
  if (COMMON_PASSWORDS.has(plain) || new Set(plain).size === 1) {
    return { code: "too-common", detail: "The password is one of those that are tried first. Choose another one." };
  }
  const address = email.trim().toLowerCase();
  if (plain === address || plain === localPart(address)) {
    return { code: "same-as-email", detail: "The password must not be your e-mail address or its first part." };
  }
  return undefined;
}

function localPart(address: string): string {
  const at = address.lastIndexOf("@");
  return at === -1 ? address : address.slice(0, at);
}
