import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKeys } from "#features/limits/policy/address-keys.ts";

const keys = (address: string) => addressKeys(address).map(({ key }) => key);

describe("the keys of an address", () => {
  it.each([
    ["192.0.2.1", ["192.0.2.1"]],
    ["::ffff:192.0.2.1", ["192.0.2.1"]],
    ["2001:db8:1:2ff:3:4:5:6", ["2001:db8:1:2ff::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"]],
    ["::1", ["::/64", "::/56", "::/48"]],
    ["unknown", ["unknown"]],
    ["192.0.2.1, 198.51.100.1", ["unknown"]],
    ["", ["unknown"]],
  ])("%s", (address, expected) => {
    expect(keys(address)).toEqual(expected);
  });

  it("any text has a key, and no key is longer than an address", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        const found = keys(text);
        expect(found.length).toBeGreaterThan(0);
        for (const key of found) expect(key.length).toBeLessThan(45);
      }),
    );
  });

  it("IPv6 addresses of one /64 have the same keys", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.nat(0xffff), (groups, other) => {
        const text = (last: number) => [...groups.slice(0, 7), last].map((group) => group.toString(16)).join(":");
        fc.pre(groups.slice(0, 5).some((group) => group !== 0));
        expect(keys(text(groups[7] ?? 0))).toEqual(keys(text(other)));
      }),
    );
  });
});
