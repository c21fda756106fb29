import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "#core/http/json.ts";
import { canonicalJson } from "#features/idempotency/canonical-json.ts";

describe("canonicalJson", () => {
  // RFC 8785 sections 3.2.2 to 3.2.4.
  it("returns the example of the RFC", () => {
    const text = `{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(JSON.parse(text))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts by UTF-16 code units", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    const order = Object.keys(
      JSON.parse(`{${[...canonicalJson(value).matchAll(/"[^"]*":(\d)/g)].map((m) => `"k${m[1]}":0`).join(",")}}`),
    );
    expect(order).toEqual(["k2", "k4", "k6", "k7", "k1", "k5", "k3"]);
  });

  it("writes -0 as 0", () => {
    expect(canonicalJson([-0, 0])).toBe("[0,0]");
  });

  it("ignores the order of members and white space, and differs for different values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const one = JSON.parse(JSON.stringify(a)) as JsonValue;
        const other = JSON.parse(JSON.stringify(b)) as JsonValue;
        const text = canonicalJson(one);
        expect(canonicalJson(JSON.parse(JSON.stringify(reversed(one), undefined, 3)))).toBe(text);
        expect(JSON.parse(text)).toEqual(one);
        expect(canonicalJson(other) === text).toBe(isSame(one, other));
      }),
    );
  });
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

function isSame(a: JsonValue, b: JsonValue): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
