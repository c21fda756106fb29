/**
 * Who may do what with API keys. A token reads with the scope `users:read`, and writes with `users:write`, which lets it
 * read as well what it may write:
 * - whoever has an account makes keys for it, and reads, lists, renames, rotates and revokes those;
 * - admins whose token has the scope `admin`, too, read and list everybody's;
 * - who comes with an API key may do nothing with API keys, so that one that leaked cannot be traded for another.
 */
import type { AbilityRules } from "#core/contract/ability.ts";

export const apiKeyAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous" || principal.credential === "api-key") return;
  const own = { user_id: principal.id };
  const admin = principal.roles.includes("admin") && principal.scopes.includes("admin");
  const reads = principal.scopes.includes("users:read");
  const writes = principal.scopes.includes("users:write");

  if (reads) allow("list", "api_keys");
  if (reads || writes) allow("read", "api_keys", own);
  if (writes) allow(["create", "update", "rotate", "delete"], "api_keys", own);
  if (reads && admin) allow("read", "api_keys");
};
