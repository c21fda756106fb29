/**
 * Who may do what with API keys. A token reads with the scope `users:read`, and writes with `users:write`, which lets it
 * read as well what it may write:
 * - an account makes keys for itself, and reads, lists, renames, shortens and revokes them;
 * - it makes, rotates and extends only keys whose scopes its token holds all, and only with a token that is not bound to a
 *   key of the client (DPoP), because an API key never is;
 * - admins whose token also has the scope `admin` read and list the keys of all accounts, and revoke them;
 * - an API key may do nothing with API keys, so that a leaked one cannot be traded for another.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import { heldScopes, SCOPES } from "#core/contract/principal.ts";

export const apiKeyAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous" || principal.credential === "api-key") return;
  const own = { user_id: principal.id };
  const admin = principal.roles.includes("admin") && principal.scopes.includes("admin");
  const reads = principal.scopes.includes("users:read");
  const writes = principal.scopes.includes("users:write");
  const held = heldScopes(principal);
  const within = { ...own, scopes: { $nin: SCOPES.filter((scope) => !held.includes(scope)) } };

  if (reads) allow("list", "api_keys");
  if (reads || writes) allow("read", "api_keys", own);
  if (writes) allow(["update", "delete"], "api_keys", own);
  if (writes && principal.isBound !== true) allow(["create", "rotate", "extend"], "api_keys", within);
  if ((reads || writes) && admin) allow("read", "api_keys");
  if (writes && admin) allow("delete", "api_keys");
};
