/**
 * Rules for a new password (NIST SP 800-63B section 3.1.1.2, ASVS 5.0 section 6.2): long enough, and not easy to guess.
 * There are no rules of composition and no expiry, because both make passwords worse.
 */
const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 128;

/** Public names of the service. */
const SERVICE_WORDS = ["sluice"];

export interface PasswordFault {
  readonly code: "too-short" | "too-long" | "too-common" | "same-as-email";
  /** Text for the person who chose the password. */
  readonly detail: string;
}

/** The fault of a new password, if it has one. Lengths are in code points. */
export async function passwordFault(password: string, email: string): Promise<PasswordFault | undefined> {
  const normal = password.normalize("NFC");
  const length = Array.from(normal).length;
  if (length < MIN_CHARACTERS) {
    return { code: "too-short", detail: `The password must have at least ${MIN_CHARACTERS} characters.` };
  }
  if (length > MAX_CHARACTERS) {
    return { code: "too-long", detail: `The password may have at most ${MAX_CHARACTERS} characters.` };
  }
  const plain = normal.toLowerCase();
  const address = email.trim().toLowerCase();
  const [local = ""] = address.split("@", 1);
  if (plain === address || plain === local) {
    return { code: "same-as-email", detail: "The password must not be your email address or its first part." };
  }
  const { isEasilyGuessed } = await import("./guesses.ts");
  if (isEasilyGuessed(normal, wordsAround(address))) {
    return {
      code: "too-common",
      detail:
        "This password is easy to guess: it is a common password, a known word with digits or symbols, or a simple pattern. Choose several unrelated words instead.",
    };
  }
  return undefined;
}

/** The first guesses of an attacker who knows the address: the address, its parts, and the service's name. */
function wordsAround(address: string): string[] {
  const parts = address.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= 3);
  const [local = ""] = address.split("@", 1);
  return [...new Set([...SERVICE_WORDS, local, local.replaceAll(/[^\p{L}\p{N}]/gu, ""), ...parts])].filter(
    (word) => word !== "",
  );
}
