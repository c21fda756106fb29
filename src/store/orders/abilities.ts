/**
 * Access rules for orders. Reading requires the scope `orders:read`. Writing requires `orders:write`, which also allows
 * reading the orders that it can write. These rules apply:
 * - an account can place orders for itself, and read, list, pay and cancel them;
 * - staff and admins can read and list all orders, page through snapshots of the list, and ship, deliver, cancel and
 *   refund any order;
 * - only the owner can pay for an order, and customers cannot refund orders, not even their own.
 *
 * The copy of the address is part of the order, so reading it requires no scope for addresses. `states.ts` decides
 * which transitions the state of an order allows, and reports them as another problem.
 */
import type { AbilityRules } from "#core/contract/ability.ts";

declare module "#core/contract/ability.ts" {
  interface Actions {
    pay: true;
    ship: true;
    deliver: true;
    cancel: true;
    refund: true;
  }
}

export const orderAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  const own = { user_id: principal.id };
  const staff = principal.roles.includes("staff") || principal.roles.includes("admin");
  const reads = principal.scopes.includes("orders:read");
  const writes = principal.scopes.includes("orders:write");

  if (reads) allow("list", "orders");
  if (reads || writes) allow("read", "orders", own);
  if (writes) allow(["create", "pay", "cancel"], "orders", own);
  if (reads && staff) allow("snapshot", "orders");
  if ((reads || writes) && staff) allow("read", "orders");
  if (writes && staff) allow(["ship", "deliver", "cancel", "refund"], "orders");
};
