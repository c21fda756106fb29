/**
 * Passwords as they are kept: Argon2id at OWASP's cost, as a PHC string. Guarantees that one password is one whichever
 * way its characters were composed, and that an account that does not exist costs as much as one that does.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import type { Argon2Cost } from "./argon2.ts";
import { loadArgon2id } from "./engine.ts";
import { formatPhc, type PasswordHash, parsePhc } from "./phc.ts";

/** OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
export const COST: Argon2Cost = { memory: 19_456, passes: 2, lanes: 1 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** What a password is compared with where there is none: no password has this hash. */
const NOBODYS: PasswordHash = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

const encoder = new TextEncoder();

/** A PHC string with a salt of its own. */
export async function hashPassword(password: string, randomBytes: Surroundings["randomBytes"]): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const argon2id = await loadArgon2id();
  return formatPhc({ cost: COST, salt, hash: argon2id(bytesOf(password), salt, COST, HASH_BYTES) });
}

/**
 * Whether the password is the one of that PHC string; without one it is wrong, after the same work.
 *
 * @throws SyntaxError where what is stored is no PHC string
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const known = phc === undefined ? NOBODYS : parsePhc(phc);
  const argon2id = await loadArgon2id();
  const hash = argon2id(bytesOf(password), known.salt, known.cost, known.hash.byteLength);
  return crypto.subtle.timingSafeEqual(hash, known.hash) && phc !== undefined;
}

/** Whether it was made at another cost than passwords are hashed at today. */
export function needsRehash(phc: string): boolean {
  const { cost, salt, hash } = parsePhc(phc);
  return (
    cost.memory !== COST.memory ||
    cost.passes !== COST.passes ||
    cost.lanes !== COST.lanes ||
    salt.byteLength !== SALT_BYTES ||
    hash.byteLength !== HASH_BYTES
  );
}

/** NIST SP 800-63B section 3.1.1.2: normalised before it is hashed. */
function bytesOf(password: string): Uint8Array {
  return encoder.encode(password.normalize("NFC"));
}
