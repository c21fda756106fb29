/** The rules about users, case by case. */
import { subject } from "@casl/ability";
import { describe, expect, it } from "vitest";
import { type Action, abilityOf } from "#core/contract/ability.ts";
import type { Principal } from "#core/contract/principal.ts";
import { userAbilities } from "#features/accounts/abilities.ts";
import { START } from "../../support/service.ts";
import { ada, anton, bob, principalOf, stella } from "./people.ts";

const HOUR_MS = 3_600_000;

function may(principal: Principal, action: Action, id: string, field?: string): boolean {
  const ability = abilityOf(principal, [userAbilities], { now: START, address: "192.0.2.1" });
  return ability.can(action, subject("users", { id } as Record<string, unknown>), field);
}

const as = principalOf;
const shop = as({ id: ada.id, role: "customer" }, { kind: "service" });
const { authenticatedAt: _, ...withoutTime } = as(anton);
const robot: Principal = { ...withoutTime, kind: "service" };

const CASES: readonly [string, Principal, Action, string, string | undefined, boolean][] = [
  ["nobody reads", { kind: "anonymous", address: "192.0.2.1" }, "read", ada.id, undefined, false],
  ["a customer reads themself", as(ada), "read", ada.id, undefined, true],
  ["a customer reads nobody else", as(ada), "read", bob.id, undefined, false],
  ["without the scope nobody reads themself", as(ada, { scopes: ["comments:read"] }), "read", ada.id, undefined, false],
  ["who may write may read it, too", as(ada, { scopes: ["users:write"] }), "read", ada.id, undefined, true],
  ["a customer changes their name", as(ada), "update", ada.id, "name", true],
  ["but not their address", as(ada), "update", ada.id, "email", false],
  ["nor their role", as(ada), "update", ada.id, "role", false],
  ["to change a name needs the scope", as(ada, { scopes: ["users:read"] }), "update", ada.id, "name", false],
  ["a customer changes nobody else's name", as(ada), "update", bob.id, "name", false],
  ["a customer deletes themself", as(ada), "delete", ada.id, undefined, true],
  ["a customer deletes nobody else", as(ada), "delete", bob.id, undefined, false],
  ["no key deletes an account", as(ada, { credential: "api-key" }), "delete", ada.id, undefined, false],
  ["a key changes its owner's name", as(ada, { credential: "api-key" }), "update", ada.id, "name", true],
  ["a service reads its account", shop, "read", ada.id, undefined, true],
  ["but does not change it", shop, "update", ada.id, "name", false],
  ["nor delete it", shop, "delete", ada.id, undefined, false],
  ["staff read anybody", as(stella), "read", ada.id, undefined, true],
  ["staff need the scope for it", as(stella, { scopes: ["users:write"] }), "read", ada.id, undefined, false],
  ["staff change nobody else", as(stella), "update", ada.id, "name", false],
  ["staff delete nobody else", as(stella), "delete", ada.id, undefined, false],
  ["an admin changes a role", as(anton), "update", ada.id, "role", true],
  ["an admin changes an address", as(anton), "update", ada.id, "email", true],
  ["nobody changes an id", as(anton), "update", ada.id, "id", false],
  ["an admin deletes anybody", as(anton), "delete", ada.id, undefined, true],
  [
    "not without the scope `admin`",
    as(anton, { scopes: ["users:read", "users:write"] }),
    "update",
    ada.id,
    "role",
    false,
  ],
  ["not without `users:write`", as(anton, { scopes: ["users:read", "admin"] }), "update", ada.id, "role", false],
  ["not with a key", as(anton, { credential: "api-key" }), "update", ada.id, "role", false],
  ["not with the scopes alone", as(stella, { scopes: as(anton).scopes }), "update", ada.id, "role", false],
  ["within 12 hours", as(anton, { authenticatedAt: START - 12 * HOUR_MS }), "update", ada.id, "role", true],
  ["not later", as(anton, { authenticatedAt: START - 12 * HOUR_MS - 1 }), "update", ada.id, "role", false],
  ["but a service whenever", robot, "update", ada.id, "role", true],
];

describe("OWASP 5 rules about users", () => {
  it.each(CASES)("%s", (_, principal, action, id, field, expected) => {
    expect(may(principal, action, id, field)).toBe(expected);
  });

  it("an admin whose sign-in nobody knows the time of is none now", () => {
    const { authenticatedAt: _, ...unknown } = as(anton);
    expect(may(unknown, "delete", ada.id)).toBe(false);
  });

  it.each([
    ["a customer", as(ada), false],
    ["staff", as(stella), true],
    ["staff without the scope", as(stella, { scopes: ["users:write"] }), false],
    ["an admin", as(anton), true],
  ] as const)("%s may list all users: %s", (_, principal, expected) => {
    const ability = abilityOf(principal, [userAbilities], { now: START, address: "192.0.2.1" });
    expect(ability.can("list", "users")).toBe(expected);
    expect(ability.can("snapshot", "users")).toBe(expected);
  });
});
