/**
 * Who may do what with orders. A token reads with the scope `orders:read`, and writes with `orders:write`, which lets it
 * read as well what it may write:
 * - whoever has an account places orders for it, and reads, lists, pays and cancels those;
 * - staff and admins read and list everybody's, page through frozen views of the list, and ship, deliver, cancel and
 *   refund any;
 * - nobody pays for somebody else, and no customer refunds an order, not even their own.
 * What the state of an order allows is another question (`states.ts`), and its answer another problem.
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
