/**
 * Finds the account that an API key acts for. One query by the key's hash also reads the revocation, the account, and
 * the OAuth client that received the secret. So a change of any of them ends or narrows the key at once. Malformed keys
 * are refused before the query. Fails closed.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { OF_PEOPLE } from "../clients/rules.ts";
import { notePrincipal } from "../log-fields.ts";
import { refuse } from "../refusal.ts";
import { apiKeyFault } from "./format.ts";
import { hashSecret } from "./secret.ts";
import { findPresentedKey, noteUse, type PresentedKey } from "./store.ts";

/**
 * The account that the key acts for, with those scopes of the key that the account and the client still have.
 *
 * @throws Refusal
 */
export async function verifyApiKey(
  key: string,
  { database, now, scopes, defer, log }: Pick<RequestContext, "database" | "now" | "scopes" | "defer" | "log">,
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
    scopes: scopesOf(scopes, found.role).filter((scope) => found.scopes.includes(scope) && allowed.includes(scope)),
    credential: "api-key",
    plan: found.plan,
  };
}

function isExpired({ expiresAt, isPrevious, previousSecretExpiresAt }: PresentedKey, now: number): boolean {
  const isReplaced = isPrevious === 1 && (previousSecretExpiresAt === null || previousSecretExpiresAt <= now);
  return isReplaced || (expiresAt !== null && expiresAt <= now);
}

/**
 * The scopes of the client that received the secret. Undefined if the client is deleted or may no longer act for the
 * account. Also undefined if it must bind its tokens to a key, because an API key is never bound. A key that has no
 * recorded client is not limited by one.
 */
function scopesOfClient({ kind, clientId, client, scopes }: PresentedKey): readonly string[] | undefined {
  if (clientId === null) return scopes;
  if (client === null || client.requiresDpop) return undefined;
  const acting: readonly string[] = kind === "service" ? ["client_credentials"] : OF_PEOPLE;
  return client.grantTypes.some((grant) => acting.includes(grant)) ? client.scopes : undefined;
}
