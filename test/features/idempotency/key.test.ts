import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readKey } from "#features/idempotency/key.ts";

describe("readKey", () => {
  it.each([
    ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ['"k";x=1', "k"],
    ['"k"; x; y="z"', "k"],
    ["k;x=1", "k"],
    ["  k ", "k"],
    ['"a,b"', "a,b"],
    ['"a;b"', "a;b"],
    ['"a\\"b"', 'a"b'],
    ["a\\b", "a\\b"],
    ["01hk24mtj6/fnka=+", "01hk24mtj6/fnka=+"],
    ["x".repeat(255), "x".repeat(255)],
    [`"${"x".repeat(255)}"`, "x".repeat(255)],
  ])("accepts %s", (header, key) => {
    expect(readKey(header)).toBe(key);
  });

  it("returns undefined without a header", () => {
    expect(readKey(undefined)).toBeUndefined();
  });

  it.each([
    [""],
    ['""'],
    ["   "],
    ["x".repeat(256)],
    [`"${"x".repeat(256)}"`],
    ["a b"],
    ['"a b"'],
    ["a\tb"],
    ["a\u007fb"],
    ["schlüssel"],
    ['"schlüssel"'],
    ['"k'],
    ['k"'],
    ['"k" "l"'],
    ["k, l"],
    ["k,l"],
    ['"k", "l"'],
    ['"k"x'],
    [";x=1"],
    ["k;"],
    ["k;X Y"],
    ['"a\\b"'],
    ["a\u0000b"],
    ["abc\u00a0"],
    ["\ufeffabc"],
  ])("refuses %j", (header) => {
    expect(() => readKey(header)).toThrow("idempotency-key-invalid");
  });

  it("returns the same key for its quoted and bare forms", () => {
    const sign = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const keys = fc.string({ unit: sign, minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(keys, (key) => {
        expect(readKey(`"${key.replaceAll(/["\\]/g, "\\$&")}"`)).toBe(key);
        if (!/[",;]/.test(key)) expect(readKey(key)).toBe(key);
      }),
    );
  });
});
