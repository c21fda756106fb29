/** The permission rules of orders, case by case. */
import { subject } from "@casl/ability";
import { describe, expect, it } from "vitest";
import { type Action, abilityOf } from "#core/contract/ability.ts";
import type { Principal } from "#core/contract/principal.ts";
import { orderAbilities } from "#store/orders/abilities.ts";
import { ada, anton, principalOf as as, bob, stella } from "../../features/accounts/people.ts";

function may(principal: Principal, action: Action, userId: string): boolean {
  const ability = abilityOf(principal, [orderAbilities]);
  return ability.can(action, subject("orders", { user_id: userId } as Record<string, unknown>));
}

const shop = as({ id: ada.id, role: "customer" }, { kind: "service" });
const reader = { scopes: ["orders:read"] };
const writer = { scopes: ["orders:write"] };

const CASES: readonly [string, Principal, string, readonly Action[], readonly Action[]][] = [
  [
    "an owner",
    as(ada),
    ada.id,
    ["list", "read", "create", "pay", "cancel"],
    ["ship", "deliver", "refund", "snapshot", "update", "delete"],
  ],
  ["another customer", as(ada), bob.id, [], ["read", "create", "pay", "cancel", "refund", "ship", "deliver"]],
  [
    "a service with its own orders",
    shop,
    ada.id,
    ["list", "read", "create", "pay", "cancel"],
    ["ship", "refund", "snapshot"],
  ],
  [
    "staff with another user's orders",
    as(stella),
    ada.id,
    ["read", "ship", "deliver", "cancel", "refund", "snapshot"],
    ["pay", "create"],
  ],
  ["staff with their own orders", as(stella), stella.id, ["create", "pay", "cancel", "refund"], ["update", "delete"]],
  ["an admin", as(anton), ada.id, ["read", "ship", "deliver", "cancel", "refund", "snapshot"], ["pay"]],
  ["an owner with the read scope only", as(ada, reader), ada.id, ["list", "read"], ["create", "pay", "cancel"]],
  ["an owner with the write scope only", as(ada, writer), ada.id, ["read", "create", "pay", "cancel"], ["list"]],
  [
    "staff with the read scope only",
    as(stella, reader),
    ada.id,
    ["list", "read", "snapshot"],
    ["ship", "cancel", "refund"],
  ],
  [
    "staff with the write scope only",
    as(stella, writer),
    ada.id,
    ["read", "ship", "cancel", "refund"],
    ["snapshot", "list", "pay"],
  ],
  [
    "staff without a scope of orders",
    as(stella, { scopes: ["users:read"] }),
    ada.id,
    [],
    ["read", "list", "ship", "create"],
  ],
  ["an anonymous caller", { kind: "anonymous", address: "192.0.2.1" }, ada.id, [], ["read", "list", "create", "pay"]],
];

describe("OWASP 5 the permission rules of orders", () => {
  it.each(CASES)("%s", (_, principal, owner, allowed, refused) => {
    expect(allowed.filter((action) => !may(principal, action, owner))).toEqual([]);
    expect(refused.filter((action) => may(principal, action, owner))).toEqual([]);
  });
});
