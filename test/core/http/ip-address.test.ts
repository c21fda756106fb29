import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkOf } from "#core/http/ip-address.ts";

const HOST = { v4: 32, v6: 128 };

describe("networkOf", () => {
  it.each([
    ["203.0.113.77", { v4: 24, v6: 48 }, "203.0.113.0"],
    ["203.0.113.77", HOST, "203.0.113.77"],
    ["203.0.113.255", { v4: 25, v6: 64 }, "203.0.113.128"],
    ["203.0.113.77", { v4: 0, v6: 0 }, "0.0.0.0"],
    ["2001:db8:1:2:3:4:5:6", { v4: 24, v6: 64 }, "2001:db8:1:2::"],
    ["2001:db8:1:2ff:3:4:5:6", { v4: 24, v6: 56 }, "2001:db8:1:200::"],
    ["2001:0DB8::0001", HOST, "2001:db8:0:0:0:0:0:1"],
    ["2001:db8::", { v4: 24, v6: 64 }, "2001:db8::"],
    ["::1", { v4: 24, v6: 64 }, "::"],
    ["::", HOST, "::"],
    ["1::", HOST, "1::"],
    ["::ffff:203.0.113.77", { v4: 24, v6: 64 }, "203.0.113.0"],
    ["::FFFF:cb00:714d", HOST, "203.0.113.77"],
    ["64:ff9b::203.0.113.77", { v4: 24, v6: 96 }, "64:ff9b::"],
  ])("B09 %s within %o is %s", (address, bits, network) => {
    expect(networkOf(address, bits)).toBe(network);
  });

  it.each([
    "",
    "unknown",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.04",
    "0x1.2.3.4",
    "1.2.3.4 ",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "1::2::3",
    "12345::",
    "g::",
    ":1:2:3:4:5:6:7:8",
    "fe80::1%eth0",
    "[::1]",
    "1.2.3.4::",
    "::1.2.3",
    "203.0.113.77, 10.0.0.1",
  ])("refuses %j", (text) => {
    expect(networkOf(text, HOST)).toBeUndefined();
  });

  it("returns the same network for every spelling of an address, and is idempotent", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.constantFrom(48, 56, 64, 128), (address, v6) => {
        const text = address.map((part) => part.toString(16)).join(":");
        const padded = address.map((part) => part.toString(16).padStart(4, "0").toUpperCase()).join(":");
        const network = networkOf(text, { v4: 24, v6 });
        expect(networkOf(padded, { v4: 24, v6 })).toBe(network);
        expect(networkOf(network ?? "", { v4: 24, v6 })).toBe(network);
      }),
    );
  });
});
