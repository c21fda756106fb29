import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeVary } from "#core/http/vary.ts";

describe("mergeVary", () => {
  it.each<[string | null, string[], string]>([
    [null, [], ""],
    ["", [], ""],
    [null, ["Accept"], "Accept"],
    ["Accept", [], "Accept"],
    ["Accept", ["Origin"], "Accept, Origin"],
    ["Origin", ["Accept"], "Origin, Accept"],
    ["Accept", ["accept", "ACCEPT"], "Accept"],
    ["accept", ["Accept", "Origin"], "accept, Origin"],
    [null, ["Accept", "Origin", "Accept"], "Accept, Origin"],
    [" Accept ,,\tOrigin, ", ["Accept-Language"], "Accept, Origin, Accept-Language"],
    ["Accept, accept", [], "Accept"],
    ["Accept-Language", ["Accept"], "Accept-Language, Accept"],
    ["*", ["Accept"], "*"],
    ["Accept, *", ["Origin"], "*"],
    ["Accept", ["*"], "*"],
  ])("G07 merges %j with %j", (existing, names, merged) => {
    expect(mergeVary(existing, names)).toBe(merged);
  });

  it("contains each name once, in order of arrival, and is idempotent", () => {
    const name = fc.constantFrom("Accept", "accept", "Origin", "ORIGIN", "Accept-Language", "Cookie");
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (before, after) => {
        const merged = mergeVary(before.join(", "), after);
        const order = [...new Set([...before, ...after].map((text) => text.toLowerCase()))];
        expect(merged.toLowerCase()).toBe(order.join(", "));
        expect(mergeVary(merged, after)).toBe(merged);
      }),
    );
  });
});
