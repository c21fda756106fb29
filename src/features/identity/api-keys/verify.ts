/**
 * Finds out which account an API key acts for. One query by the key's hash, which also reads whether the key is revoked,
 * its account deleted, and what the OAuth client that the secret was given to may still do: each ends or narrows the key
 * at once. What cannot be a key is refused before the query. Fails closed.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { type Principal, scopesOf } from "#core/contract/principal.ts";
import { OF_PEOPLE } from "../clients/rules.ts";
import { notePrincipal } from "../log-fields.ts";
import { refuse } from "../refusal.ts";
import { apiKeyFault } from "./format.ts";
import { hashSecret } from "./secret.ts";
import { findPresentedKey, noteUse, type PresentedKey } from "./store.ts";

/** The account that the key acts for, with the key's scopes as far as the account and the client still have them. @throws Refusal */
export async function verifyApiKey(
  key: string,
  { database, now, defer, log }: Pick<Surroundings, "database" | "now" | "defer" | "log">,
): Promise<Principal> {
  const fault = apiKeyFault(key);
  if (fault !== undefined) throw refuse({ kind: "api-key", fault });
  const found = await findPresentedKey(database, await hashSecret(key));
  if (found === undefined) throw refuse({ kind: "api-key", fault: "unknown" });
  notePrincipal(log, { id: found.ownerId });
  if (isExpired(found, now)) throw refuse({ kind: "api-key", fault: "expired" });
  const allowed = scopesOfClient(found);
  if (allowed === undefined) throw refuse({ kind: "api-key", fault: "client" });
  const today = new Date(now).toISOString().slice(0, "2026-01-31".length);
  if (found.lastUsedOn === null || found.lastUsedOn < today) defer(noteUse(database, found.id, today, now));
  return {
    kind: found.kind === "service" ? "service" : "user",
    id: found.ownerId,
    roles: [found.role],
    scopes: scopesOf(found.role).filter((scope) => found.scopes.includes(scope) && allowed.includes(scope)),
    credential: "api-key",
    plan: found.plan,
  };
}

function isExpired({ expiresAt, isPrevious, previousSecretExpiresAt }: PresentedKey, now: number): boolean {
  const isReplaced = isPrevious === 1 && (previousSecretExpiresAt === null || previousSecretExpiresAt <= now);
  return isReplaced || (expiresAt !== null && expiresAt <= now);
}

/**
 * What the client that the secret was given to may have. Undefined where the client may not act for the account any more,
 * is gone, or has to bind its tokens to a key, which an API key never is. A key from before clients were remembered is
 * not limited by one.
 */
function scopesOfClient({ kind, clientId, client, scopes }: PresentedKey): readonly string[] | undefined {
  if (clientId === null) return scopes;
  if (client === null || client.requiresDpop) return undefined;
  const acting: readonly string[] = kind === "service" ? ["client_credentials"] : OF_PEOPLE;
  return client.grantTypes.some((grant) => acting.includes(grant)) ? client.scopes : undefined;
}
