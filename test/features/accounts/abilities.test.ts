/** The abilities of each role on users, as a table. */
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
  [
    "an anonymous caller does not read a user",
    { kind: "anonymous", address: "192.0.2.1" },
    "read",
    ada.id,
    undefined,
    false,
  ],
  ["a customer reads their own account", as(ada), "read", ada.id, undefined, true],
  ["a customer does not read another account", as(ada), "read", bob.id, undefined, false],
  [
    "a customer without the scope does not read their own account",
    as(ada, { scopes: ["comments:read"] }),
    "read",
    ada.id,
    undefined,
    false,
  ],
  ["`users:write` includes reading", as(ada, { scopes: ["users:write"] }), "read", ada.id, undefined, true],
  ["a customer changes their own name", as(ada), "update", ada.id, "name", true],
  ["a customer does not change their own email", as(ada), "update", ada.id, "email", false],
  ["a customer does not change their own role", as(ada), "update", ada.id, "role", false],
  [
    "a customer without `users:write` does not change their name",
    as(ada, { scopes: ["users:read"] }),
    "update",
    ada.id,
    "name",
    false,
  ],
  ["a customer does not change another account's name", as(ada), "update", bob.id, "name", false],
  ["a customer deletes their own account", as(ada), "delete", ada.id, undefined, true],
  ["a customer does not delete another account", as(ada), "delete", bob.id, undefined, false],
  [
    "an API key does not delete its owner's account",
    as(ada, { credential: "api-key" }),
    "delete",
    ada.id,
    undefined,
    false,
  ],
  ["an API key changes its owner's name", as(ada, { credential: "api-key" }), "update", ada.id, "name", true],
  ["a service reads its own account", shop, "read", ada.id, undefined, true],
  ["a service does not change its own account", shop, "update", ada.id, "name", false],
  ["a service does not delete its own account", shop, "delete", ada.id, undefined, false],
  ["staff read any account", as(stella), "read", ada.id, undefined, true],
  [
    "staff without `users:read` do not read other accounts",
    as(stella, { scopes: ["users:write"] }),
    "read",
    ada.id,
    undefined,
    false,
  ],
  ["staff do not change other accounts", as(stella), "update", ada.id, "name", false],
  ["staff do not delete other accounts", as(stella), "delete", ada.id, undefined, false],
  ["an admin changes a role", as(anton), "update", ada.id, "role", true],
  ["an admin changes an email", as(anton), "update", ada.id, "email", true],
  ["an admin does not change an id", as(anton), "update", ada.id, "id", false],
  ["an admin deletes any account", as(anton), "delete", ada.id, undefined, true],
  [
    "an admin without the scope `admin` does not change a role",
    as(anton, { scopes: ["users:read", "users:write"] }),
    "update",
    ada.id,
    "role",
    false,
  ],
  [
    "an admin without `users:write` does not change a role",
    as(anton, { scopes: ["users:read", "admin"] }),
    "update",
    ada.id,
    "role",
    false,
  ],
  [
    "an admin with an API key does not change a role",
    as(anton, { credential: "api-key" }),
    "update",
    ada.id,
    "role",
    false,
  ],
  [
    "staff with an admin's scopes do not change a role",
    as(stella, { scopes: as(anton).scopes }),
    "update",
    ada.id,
    "role",
    false,
  ],
  [
    "an admin changes a role 12 hours after signing in",
    as(anton, { authenticatedAt: START - 12 * HOUR_MS }),
    "update",
    ada.id,
    "role",
    true,
  ],
  [
    "an admin does not change a role more than 12 hours after signing in",
    as(anton, { authenticatedAt: START - 12 * HOUR_MS - 1 }),
    "update",
    ada.id,
    "role",
    false,
  ],
  ["an admin service without a sign-in time changes a role", robot, "update", ada.id, "role", true],
];

describe("OWASP 5 rules about users", () => {
  it.each(CASES)("%s", (_, principal, action, id, field, expected) => {
    expect(may(principal, action, id, field)).toBe(expected);
  });

  it("an admin without a known sign-in time does not delete a user", () => {
    const { authenticatedAt: _, ...unknown } = as(anton);
    expect(may(unknown, "delete", ada.id)).toBe(false);
  });

  it.each([
    ["a customer", as(ada), false],
    ["staff", as(stella), true],
    ["staff without the scope", as(stella, { scopes: ["users:write"] }), false],
    ["an admin", as(anton), true],
  ] as const)("%s may list and freeze all users: %s", (_, principal, expected) => {
    const ability = abilityOf(principal, [userAbilities], { now: START, address: "192.0.2.1" });
    expect(ability.can("list", "users")).toBe(expected);
    expect(ability.can("snapshot", "users")).toBe(expected);
  });
});
