/**
 * Access rules for addresses. Reading requires the scope `addresses:read`. Writing requires `addresses:write`, which
 * also allows reading the addresses that it can write:
 * - an account can add addresses to itself, and read, list, change and delete them;
 * - staff and admins can read and list all addresses, and write only their own.
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
