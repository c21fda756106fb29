/**
 * Access rules for API keys. The scope `users:read` permits reads. The scope `users:write` permits writes, and reads of
 * the keys that the token may write:
 * - an account creates keys for itself, and reads, lists, renames, shortens and revokes them;
 * - it creates, rotates and extends a key only if its token holds all scopes of the key. The token must not be bound to
 *   a key of the client (DPoP), because an API key never is;
 * - admins whose token also has the scope `admin` read, list and revoke the keys of all accounts;
 * - an API key cannot be used to manage API keys, so a leaked key cannot be exchanged for another.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { heldScopes, type Scopes } from "#core/contract/scopes.ts";

export function apiKeyAbilities(scopes: Scopes): AbilityRules {
  return (principal, allow) => {
    if (principal.kind === "anonymous" || principal.credential === "api-key") return;
    const own = { user_id: principal.id };
    const admin = principal.roles.includes("admin") && principal.scopes.includes("admin");
    const reads = principal.scopes.includes("users:read");
    const writes = principal.scopes.includes("users:write");
    const held = heldScopes(scopes, principal);
    const within = { ...own, scopes: { $nin: Object.keys(scopes).filter((scope) => !held.includes(scope)) } };

    if (reads) allow("list", "api_keys");
    if (reads || writes) allow("read", "api_keys", own);
    if (writes) allow(["update", "delete"], "api_keys", own);
    if (writes && principal.isBound !== true) allow(["create", "rotate", "extend"], "api_keys", within);
    if ((reads || writes) && admin) allow("read", "api_keys");
    if (writes && admin) allow("delete", "api_keys");
  };
}
