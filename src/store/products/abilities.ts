/**
 * Access rules for products:
 * - anyone can read and list them;
 * - staff and admins whose token has the scope `products:write` can create, change and delete them;
 * - staff and admins can page through snapshots of the list.
 */
import type { AbilityRules } from "#core/contract/ability.ts";

export const productAbilities: AbilityRules = (principal, allow) => {
  allow(["read", "list"], "products");
  if (principal.kind === "anonymous") return;
  const staff = principal.roles.includes("staff") || principal.roles.includes("admin");
  if (staff) allow("snapshot", "products");
  if (staff && principal.scopes.includes("products:write")) allow(["create", "update", "delete"], "products");
};
