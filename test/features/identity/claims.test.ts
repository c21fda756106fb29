import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountId, principalKey } from "#core/contract/principal.ts";
import type { TrustedIssuer } from "#core/contract/settings.ts";
import { principalOf } from "#features/identity/claims.ts";
import { goodClaims, ISSUER, type Json, NOW } from "../../support/issuer.ts";
import { scopes } from "../../support/modules.ts";

const issuer: TrustedIssuer = {
  issuer: ISSUER,
  audience: ["api"],
  algorithms: ["ES256"],
  keys: { set: { keys: [] } },
  types: ["at+jwt"],
  clientClaim: "client_id",
  requiredClaims: [],
  scopesClaim: "scope",
  rolesClaim: "roles",
};

const principal = (change: Json, settings: Partial<TrustedIssuer> = {}) =>
  principalOf(goodClaims(change), { ...issuer, ...settings }, { now: NOW * 1000, scopes });

describe("the principal of a token", () => {
  it("is the account of its issuer", () => {
    expect(principal({ roles: ["staff"], auth_time: NOW - 60 })).toEqual({
      kind: "user",
      id: "https://login.example.test/ user-1",
      roles: ["staff"],
      scopes: ["posts:write"],
      credential: "token",
      clientId: "app-1",
      authenticatedAt: (NOW - 60) * 1000,
    });
  });

  it.each([
    ["user-1", "app-1", "user"],
    ["app-1", "app-1", "service"],
    ["app-1@clients", "app-1", "service"],
    ["app-2@clients", "app-1", "user"],
    ["APP-1", "app-1", "user"],
  ])("subject %s of client %s is a %s", (sub, client, kind) => {
    expect(principal({ sub, client_id: client }).kind).toBe(kind);
    expect(principal({ sub, azp: client, client_id: "app-9" }, { clientClaim: "azp" }).kind).toBe(kind);
  });

  it("has the known scopes of the configured claim, as text or as a list", () => {
    const scopesOf = (change: Json, scopesClaim: TrustedIssuer["scopesClaim"] = "scope") => {
      return principal(change, { scopesClaim }).scopes;
    };
    expect(scopesOf({ scope: "comments:read  admin openid" })).toEqual(["comments:read", "admin"]);
    expect(scopesOf({ scope: "" })).toEqual([]);
    expect(scopesOf({ scope: undefined })).toEqual([]);
    expect(scopesOf({ scope: "comments:read comments:read" })).toEqual(["comments:read"]);
    expect(scopesOf({ scp: ["users:write", "x"] }, "scp")).toEqual(["users:write"]);
    expect(scopesOf({ permissions: ["posts:write"], scope: "admin" }, "permissions")).toEqual(["posts:write"]);
    expect(scopesOf({ scope: ["posts:write comments:read"] })).toEqual([]);
  });

  it("has the roles of the configured claim, or none if no claim is configured", () => {
    const rolesOf = (change: Json, rolesClaim: string | undefined) => {
      return principal(change, { rolesClaim }).roles;
    };
    expect(rolesOf({ roles: ["admin", "Admin", "owner"] }, "roles")).toEqual(["admin"]);
    expect(rolesOf({ roles: "staff" }, "roles")).toEqual(["staff"]);
    expect(rolesOf({ roles: ["admin"] }, undefined)).toEqual([]);
    expect(rolesOf({ a: { b: ["admin"] } }, "a.b")).toEqual([]);
    expect(rolesOf({}, "toString")).toEqual([]);
  });
});

describe("principals of different accounts", () => {
  it("differ for one subject of two issuers", () => {
    const keys = [principal({}), principal({}, { issuer: "https://other.example.test" })].map(principalKey);
    expect(new Set(keys).size).toBe(2);
  });

  it("differ for any two pairs of issuer and subject", () => {
    const issuers = fc.webUrl();
    fc.assert(
      fc.property(issuers, fc.string(), issuers, fc.string(), (issuerA, a, issuerB, b) => {
        const isSame = issuerA === issuerB && a === b;
        expect(accountId(issuerA, a) === accountId(issuerB, b)).toBe(isSame);
      }),
    );
  });
});
