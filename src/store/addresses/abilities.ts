/**
 * Who may do what with addresses. A token reads with the scope `addresses:read`, and writes with `addresses:write`,
 * which lets it read as well what it may write:
 * - whoever has an account adds addresses to it, and reads, lists, changes and deletes those;
 * - staff and admins read and list everybody's, and write only their own.
 */
import type { AbilityRules } from "#core/contract/ability.ts";

export const addressAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  const own = { user_id: principal.id };
  const staff = principal.roles.includes("staff") || principal.roles.includes("admin");
  const reads = principal.scopes.includes("addresses:read");
  const writes = principal.scopes.includes("addresses:write");

  if (reads) allow("list", "addresses");
  if (reads || writes) allow("read", "addresses", own);
  if (writes) allow(["create", "update", "delete"], "addresses", own);
  if (reads && staff) allow("read", "addresses");
};
