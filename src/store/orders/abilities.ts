/**
 * Who may do what with orders. A token reads with the scope `orders:read` and writes with `orders:write`, which also lets it
 * read what it may write:
 * - an account places orders for itself, and reads, lists, pays and cancels its own;
 * - staff and admins read and list all orders, page through frozen views of the list, and ship, deliver, cancel and
 *   refund any;
 * - only the owner can pay for an order, and no customer refunds an order, not even their own.
 * The copy of the address is part of the order: reading it needs no scope for addresses. What the state of an order allows is
 * decided in `states.ts`, with another problem.
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
