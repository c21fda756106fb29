/**
 * Says whose an API key is. One query by its hash, which also sees that the key is not revoked and its owner's account
 * still there: both end a key at once. What cannot be a key is refused before. Fails closed.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { type Principal, scopesOf } from "#core/contract/principal.ts";
import { refuse } from "../refusal.ts";
import { apiKeyFault } from "./format.ts";
import { hashSecret } from "./secret.ts";
import { findPresentedKey, noteUse, type PresentedKey } from "./store.ts";

/** The account that the key acts for, with the key's scopes as far as the account still has them. @throws Refusal */
export async function verifyApiKey(
  key: string,
  { database, now, defer }: Pick<Surroundings, "database" | "now" | "defer">,
): Promise<Principal> {
  const fault = apiKeyFault(key);
  if (fault !== undefined) throw refuse({ kind: "api-key", fault });
  const found = await findPresentedKey(database, await hashSecret(key));
  if (found === undefined) throw refuse({ kind: "api-key", fault: "unknown" });
  if (isExpired(found, now)) throw refuse({ kind: "api-key", fault: "expired" });
  const today = new Date(now).toISOString().slice(0, "2026-01-31".length);
  if (found.lastUsedOn === null || found.lastUsedOn < today) defer(noteUse(database, found.id, today, now));
  return {
    kind: found.kind === "service" ? "service" : "user",
    id: found.ownerId,
    roles: [found.role],
    scopes: scopesOf(found.role).filter((scope) => found.scopes.includes(scope)),
    credential: "api-key",
    plan: found.plan,
  };
}

function isExpired({ expiresAt, isPrevious, previousSecretExpiresAt }: PresentedKey, now: number): boolean {
  const isReplaced = isPrevious === 1 && (previousSecretExpiresAt === null || previousSecretExpiresAt <= now);
  return isReplaced || (expiresAt !== null && expiresAt <= now);
}
