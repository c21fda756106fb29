import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  API_KEY_CHARACTERS,
  API_KEY_PATTERN,
  apiKeyFault,
  hintOf,
  writeApiKey,
} from "#features/identity/api-keys/format.ts";
import { hashSecret, secretFault, secretPattern, writeSecret } from "#features/identity/api-keys/secret.ts";

const randomBytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
const zeros = writeApiKey(new Uint8Array(20));
const most = writeApiKey(new Uint8Array(20).fill(255));

describe("an API key", () => {
  it("is valid, has a fixed length, matches its pattern, and needs no encoding in a form or a header", () => {
    fc.assert(
      fc.property(randomBytes, (random) => {
        const key = writeApiKey(random);
        expect(apiKeyFault(key)).toBeUndefined();
        expect(key).toHaveLength(API_KEY_CHARACTERS);
        expect(`token="${key}";`.match(new RegExp(API_KEY_PATTERN))?.[0]).toBe(key);
        expect(encodeURIComponent(key)).toBe(key);
      }),
    );
  });

  it("contains all of its random bits", () => {
    fc.assert(
      fc.property(randomBytes, fc.nat(159), (random, bit) => {
        const other = Uint8Array.from(random);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(writeApiKey(other)).not.toBe(writeApiKey(random));
      }),
    );
    expect(zeros).toMatch(/^sluice_0{27}_/);
    expect(most.slice(7, 34) > "Z".repeat(27)).toBe(true);
  });

  it("keeps the checksum algorithm of earlier releases", () => {
    expect(zeros).toBe(`sluice_${"0".repeat(27)}_3IurFe`);
  });

  it("has a hint that shows only its beginning", () => {
    expect(hintOf(most)).toBe(most.slice(0, 12));
  });

  it("is made of exactly 20 bytes", () => {
    expect(() => writeApiKey(new Uint8Array(19))).toThrow(RangeError);
    expect(() => writeApiKey(new Uint8Array(21))).toThrow(RangeError);
  });

  it("with any one character altered is rejected without a database read", () => {
    fc.assert(
      fc.property(
        randomBytes,
        fc.nat(API_KEY_CHARACTERS - 1),
        fc.stringMatching(/^[0-9A-Za-z]$/),
        (random, at, sign) => {
          const key = writeApiKey(random);
          const altered = key.slice(0, at) + sign + key.slice(at + 1);
          fc.pre(altered !== key);
          expect(apiKeyFault(altered)).toBe(/^sluice_.{27}_/.test(altered) ? "checksum" : "malformed");
        },
      ),
    );
  });

  it.each([
    ["nothing", "", "malformed"],
    ["the prefix alone", "sluice_", "malformed"],
    ["a character too few", zeros.slice(0, -1), "malformed"],
    ["a character too many", `${zeros}0`, "malformed"],
    ["a trailing line feed", `${zeros}\n`, "malformed"],
    ["two keys in a row", `${zeros}${zeros}`, "malformed"],
    ["capitals", zeros.toUpperCase(), "malformed"],
    ["other digits", zeros.replace("0", "\u0660"), "malformed"],
    ["a client's secret", writeSecret({ prefix: "sluice_client", bytes: 32 }, new Uint8Array(32)), "malformed"],
    ["two swapped characters", most.replace(/(.)(.)(?=.{8}$)/, "$2$1"), "checksum"],
    ["a checksum of zeros", `${zeros.slice(0, -6)}000000`, "checksum"],
  ])("%s is rejected without a database read", (_, text, fault) => {
    expect(apiKeyFault(text)).toBe(fault);
  });
});

describe("forms of secrets", () => {
  it("never match each other", () => {
    const forms = [
      { prefix: "sluice", bytes: 20 },
      { prefix: "sluice_client", bytes: 32 },
    ];
    for (const form of forms) {
      const secret = writeSecret(form, new Uint8Array(form.bytes).fill(7));
      for (const other of forms) {
        expect(secretFault(other, secret) === undefined).toBe(other === form);
        expect(new RegExp(`^${secretPattern(other)}$`).test(secret)).toBe(other === form);
      }
    }
  });

  it("are stored as SHA-256 in hex", async () => {
    expect(await hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
