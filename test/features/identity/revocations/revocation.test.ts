import { describe, expect, it } from "vitest";
import { type RevocableClaims, RevocationList, revocationOf } from "#features/identity/revocations/revocation.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

const claims = (change: Partial<RevocableClaims> = {}): RevocableClaims => ({
  jti: "token-1",
  issuedAtMs: NOW - 10_000,
  account: "user_1",
  client_id: "app-1",
  grant: "grant-1",
  ...change,
});
const listOf = (...entries: Readonly<Parameters<typeof revocationOf>>[]) => {
  const list = new RevocationList();
  for (const entry of entries) list.add(revocationOf(...entry));
  return list;
};

describe("a revocation", () => {
  it.each<[name: string, isCovered: boolean, entry: Parameters<typeof revocationOf>, change: Partial<RevocableClaims>]>(
    [
      ["of the token", true, ["token", "token-1", NOW], {}],
      ["of the token, whenever it was issued", true, ["token", "token-1", NOW], { issuedAtMs: NOW + 60_000 }],
      ["of another token", false, ["token", "token-2", NOW], {}],
      ["of the grant", true, ["grant", "grant-1", NOW], {}],
      ["of the grant, whenever the token was issued", true, ["grant", "grant-1", NOW], { issuedAtMs: NOW + 60_000 }],
      ["of another grant", false, ["grant", "grant-2", NOW], {}],
      ["of a grant, for a token without one", false, ["grant", "undefined", NOW], { grant: undefined }],
      ["of the account", true, ["account", "user_1", NOW], {}],
      ["of the account, for a token of the same millisecond", true, ["account", "user_1", NOW], { issuedAtMs: NOW }],
      ["of the account, for a token of the next one", false, ["account", "user_1", NOW], { issuedAtMs: NOW + 1 }],
      ["of another account", false, ["account", "user_2", NOW], {}],
      ["of the client", true, ["client", "app-1", NOW], {}],
      ["of the client, for a later token", false, ["client", "app-1", NOW], { issuedAtMs: NOW + 1 }],
      ["of another client", false, ["client", "app-2", NOW], {}],
      ["of a token that has the account's name", false, ["token", "user_1", NOW], {}],
      ["of an account that has the client's name", false, ["account", "app-1", NOW], {}],
      ["of a client that has the grant's name", false, ["client", "grant-1", NOW], {}],
    ],
  )("%s: %s", (_, isCovered, entry, change) => {
    expect(listOf(entry).covers(claims(change))).toBe(isCovered);
  });

  it("is kept until no token is left that it could be about", () => {
    const { expiresAt } = revocationOf("account", "user_1", NOW);
    expect(expiresAt).toBeGreaterThan(NOW + 605_000);
    const list = listOf(["account", "user_1", NOW]);
    list.dropExpired(expiresAt - 1);
    expect(list.covers(claims())).toBe(true);
    list.dropExpired(expiresAt);
    expect(list.covers(claims())).toBe(false);
    expect(list.size).toBe(0);
  });

  it("of two about the same, the later counts, in whichever order they come", () => {
    for (const moments of [
      [NOW, NOW + 60_000],
      [NOW + 60_000, NOW],
    ]) {
      const list = listOf(...moments.map((moment) => ["account", "user_1", moment] as const));
      expect(list.covers(claims({ issuedAtMs: NOW + 60_000 }))).toBe(true);
      expect(list.size).toBe(1);
      list.dropExpired(revocationOf("account", "user_1", NOW).expiresAt);
      expect(list.size).toBe(1);
    }
  });
});
