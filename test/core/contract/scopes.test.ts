/** Module declarations decide which scopes an account may grant and which a credential holds. */
import { expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { heldScopes, knownScopes, type Scopes, scopesOf } from "#core/contract/scopes.ts";

const texts = { consent: "See it.", description: "Read it." };
const scopes: Scopes = {
  "tickets:read": texts,
  "tickets:write": { ...texts, roles: ["staff", "admin"] },
  audit: { ...texts, roles: ["admin"] },
};

it.each([
  ["customer", ["tickets:read"]],
  ["staff", ["tickets:read", "tickets:write"]],
  ["admin", ["tickets:read", "tickets:write", "audit"]],
] as const)("an account of the role %s may grant %j", (role, granted) => {
  expect(scopesOf(scopes, role)).toEqual(granted);
});

it("ignores names that no module declares, and repetitions", () => {
  expect(knownScopes(scopes, ["audit", "openid", "tickets:read", "audit"])).toEqual(["tickets:read", "audit"]);
});

it.each<[roles: string[], names: string[], held: string[]]>([
  [["customer"], ["tickets:read", "audit"], ["tickets:read"]],
  [
    ["customer", "admin"],
    ["audit", "tickets:read"],
    ["tickets:read", "audit"],
  ],
  [["unknown"], ["audit"], []],
  [["admin"], ["openid"], []],
])("with the roles %j a credential for %j holds %j", (roles, names, held) => {
  const principal: Principal = { kind: "user", id: "user_1", roles, scopes: names, credential: "token" };
  expect(heldScopes(scopes, principal)).toEqual(held);
});

it("holds nothing for an anonymous caller", () => {
  expect(heldScopes(scopes, { kind: "anonymous", address: "192.0.2.1" })).toEqual([]);
});
