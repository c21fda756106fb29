import { describe, expect, it } from "vitest";
import { loadArgon2id } from "#features/identity/passwords/engine.ts";
import { COST, hashPassword, needsRehash, verifyPassword } from "#features/identity/passwords/password.ts";
import { formatPhc, parsePhc } from "#features/identity/passwords/phc.ts";

const ones = (length: number) => new Uint8Array(length).fill(1);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe("Argon2id", () => {
  it("returns the hash of another implementation, for passwords outside ASCII too", async () => {
    // Made with crypto.argon2Sync of Node.
    expect(await hashPassword("password-ä", ones)).toBe(
      "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$Mcbxr5eJIympCuE4h4YmYSCT3XyZjnvDxwQvigZM9ow",
    );
  });

  it("returns the hash of another implementation at other costs and lengths", async () => {
    const argon2id = await loadArgon2id();
    const hash = argon2id(new TextEncoder().encode("password"), ones(8), { memory: 64, passes: 3, lanes: 2 }, 24);
    expect(hash.toHex()).toBe("83ceed0d2b8b66bf98d2afeddb9663c030b14651d8a08152");
  });

  it("throws for an invalid cost", async () => {
    const argon2id = await loadArgon2id();
    expect(() => argon2id(ones(8), ones(8), { memory: 64, passes: 0, lanes: 1 }, 32)).toThrow(RangeError);
  });
});

describe("verifyPassword", () => {
  it("accepts the password and no other", async () => {
    const phc = await hashPassword("correct-horse-battery-staple", random);
    expect(await verifyPassword("correct-horse-battery-staple", phc)).toBe(true);
    expect(await verifyPassword("correct-horse-battery-stapl", phc)).toBe(false);
    expect(await verifyPassword("", phc)).toBe(false);
  });

  it("compares each character outside ASCII", async () => {
    const phc = await hashPassword("日本語の長い合言葉", random);
    expect(await verifyPassword("日本語の長い合言葉", phc)).toBe(true);
    expect(await verifyPassword("日本語の長い合言薬", phc)).toBe(false);
  });

  it("treats composed and decomposed characters as equal", async () => {
    const phc = await hashPassword("cr\u00e8me br\u00fbl\u00e9e", random);
    expect(await verifyPassword("cre\u0300me bru\u0302le\u0301e", phc)).toBe(true);
  });

  it("rejects every password without an account", async () => {
    expect(await verifyPassword("correct-horse-battery-staple", undefined)).toBe(false);
  });

  it("verifies at the cost of the stored hash", async () => {
    const argon2id = await loadArgon2id();
    const cost = { memory: 1024, passes: 1, lanes: 1 };
    const hash = argon2id(new TextEncoder().encode("an old password"), ones(16), cost, 32);
    const phc = formatPhc({ cost, salt: ones(16), hash });
    expect(await verifyPassword("an old password", phc)).toBe(true);
    expect(needsRehash(phc)).toBe(true);
  });

  it.each(["", "plain", "$argon2i$v=19$m=19456,t=2,p=1$AQEBAQEBAQE$AQEBAQEBAQE", "$2b$10$abcdefghijklmnopqrstuv"])(
    "throws for %o, which is not a hash",
    async (stored) => {
      await expect(verifyPassword("password", stored)).rejects.toThrow(SyntaxError);
    },
  );
});

describe("hashPassword", () => {
  it("uses a new salt for each hash", async () => {
    expect(await hashPassword("one password", random)).not.toBe(await hashPassword("one password", random));
  });

  it("uses the current cost", async () => {
    const phc = await hashPassword("one password", random);
    expect(parsePhc(phc).cost).toEqual(COST);
    expect(needsRehash(phc)).toBe(false);
  });
});
