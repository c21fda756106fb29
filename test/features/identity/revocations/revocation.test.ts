import { describe, expect, it } from "vitest";
import type { RevocableClaims } from "#core/contract/principal.ts";
import {
  type KnownRevocation,
  type RevocationKind,
  RevocationList,
  revocationOf,
} from "#features/identity/revocations/revocation.ts";

const NOW = Date.UTC(2026, 0, 31, 12);

const claims = (change: Partial<RevocableClaims> = {}): RevocableClaims => ({
  jti: "token-1",
  account: "user_1",
  accountVersion: 3,
  client_id: "app-1",
  clientVersion: 5,
  grant: "grant-1",
  ...change,
});
/** A stored entry: its kind, its id, and the version below which it applies. */
type Entry = readonly [kind: RevocationKind, id: string, belowVersion: number];

const entryOf = ([kind, id, belowVersion]: Entry, now = NOW): KnownRevocation => ({
  ...revocationOf(kind, id, now),
  belowVersion,
});
const listOf = (...entries: readonly Entry[]) => {
  const list = new RevocationList();
  for (const entry of entries) list.add(entryOf(entry));
  return list;
};

describe("a revocation", () => {
  it.each<[name: string, isCovered: boolean, entry: Entry, change: Partial<RevocableClaims>]>([
    ["of the token", true, ["token", "token-1", 0], {}],
    ["of another token", false, ["token", "token-2", 0], {}],
    ["of the grant", true, ["grant", "grant-1", 0], {}],
    ["of the grant, for any account version", true, ["grant", "grant-1", 0], { accountVersion: 9 }],
    ["of another grant", false, ["grant", "grant-2", 0], {}],
    ["of a grant, for a token without one", false, ["grant", "undefined", 0], { grant: undefined }],
    ["of the account, up to the next version", true, ["account", "user_1", 4], {}],
    ["of the account, up to the token's version", false, ["account", "user_1", 3], {}],
    ["of the account, for a token without a version", true, ["account", "user_1", 1], { accountVersion: 0 }],
    ["of another account", false, ["account", "user_2", 9], {}],
    ["of the client, up to the next version", true, ["client", "app-1", 6], {}],
    ["of the client, up to the token's version", false, ["client", "app-1", 5], {}],
    ["of the client, for a token without a version", true, ["client", "app-1", 1], { clientVersion: 0 }],
    ["of another client", false, ["client", "app-2", 9], {}],
    ["of a token whose id equals the account's id", false, ["token", "user_1", 9], {}],
    ["of an account whose id equals the client's id", false, ["account", "app-1", 9], {}],
    ["of a client whose id equals the grant's id", false, ["client", "grant-1", 9], {}],
  ])("%s applies: %s", (_, isCovered, entry, change) => {
    expect(listOf(entry).covers(claims(change))).toBe(isCovered);
  });

  it("is kept until every token that it could apply to has expired", () => {
    const { expiresAt } = revocationOf("account", "user_1", NOW);
    expect(expiresAt).toBeGreaterThan(NOW + 605_000 + 60_000);
    const list = listOf(["account", "user_1", 4]);
    list.dropExpired(expiresAt - 1);
    expect(list.covers(claims())).toBe(true);
    list.dropExpired(expiresAt);
    expect(list.covers(claims())).toBe(false);
    expect(list.size).toBe(0);
  });

  it("with a higher version replaces one for the same id, in either order", () => {
    for (const [first, second] of [
      [4, 7],
      [7, 4],
    ]) {
      const list = new RevocationList();
      list.add(entryOf(["account", "user_1", first ?? 0], NOW));
      list.add(entryOf(["account", "user_1", second ?? 0], NOW + 60_000));
      expect(list.covers(claims({ accountVersion: 6 }))).toBe(true);
      expect(list.covers(claims({ accountVersion: 7 }))).toBe(false);
      expect(list.size).toBe(1);
      list.dropExpired(revocationOf("account", "user_1", NOW).expiresAt);
      expect(list.size).toBe(1);
    }
  });
});
