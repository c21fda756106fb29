/**
 * Password storage: Argon2id at the cost that OWASP recommends, as a PHC string. Different Unicode compositions of a
 * password are the same password. An account that does not exist costs as much work as one that does.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Argon2Cost } from "./argon2.ts";
import { loadArgon2id } from "./engine.ts";
import { formatPhc, type PasswordHash, parsePhc } from "./phc.ts";

/** OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
export const COST: Argon2Cost = { memory: 19_456, passes: 2, lanes: 1 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The hash that is verified if there is no account or password. No password has this hash. */
const NOBODYS: PasswordHash = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

const encoder = new TextEncoder();

/** A PHC string with a new salt. */
export async function hashPassword(password: string, randomBytes: RequestContext["randomBytes"]): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const argon2id = await loadArgon2id();
  return formatPhc({ cost: COST, salt, hash: argon2id(bytesOf(password), salt, COST, HASH_BYTES) });
}

/**
 * Whether the password matches the PHC string. Without a string it does not, after the same work.
 *
 * @throws SyntaxError if the stored text is not a PHC string
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const known = phc === undefined ? NOBODYS : parsePhc(phc);
  const argon2id = await loadArgon2id();
  const hash = argon2id(bytesOf(password), known.salt, known.cost, known.hash.byteLength);
  return crypto.subtle.timingSafeEqual(hash, known.hash) && phc !== undefined;
}

/** Whether the hash was computed at a cost other than the current one. */
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

/** NIST SP 800-63B section 3.1.1.2: normalizes the password before hashing. */
function bytesOf(password: string): Uint8Array {
  return encoder.encode(password.normalize("NFC"));
}
