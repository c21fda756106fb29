import { describe, expect, it } from "vitest";
import { loadArgon2id } from "#features/identity/passwords/engine.ts";
import { COST, hashPassword, needsRehash, verifyPassword } from "#features/identity/passwords/password.ts";
import { formatPhc, parsePhc } from "#features/identity/passwords/phc.ts";

const ones = (length: number) => new Uint8Array(length).fill(1);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe("Argon2id", () => {
  it("gives what another implementation gives, for passwords beyond ASCII too", async () => {
    // Made with Node's crypto.argon2Sync.
    expect(await hashPassword("password-ä", ones)).toBe(
      "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$Mcbxr5eJIympCuE4h4YmYSCT3XyZjnvDxwQvigZM9ow",
    );
  });

  it("agrees at other costs and lengths", async () => {
    const argon2id = await loadArgon2id();
    const hash = argon2id(new TextEncoder().encode("password"), ones(8), { memory: 64, passes: 3, lanes: 2 }, 24);
    expect(hash.toHex()).toBe("83ceed0d2b8b66bf98d2afeddb9663c030b14651d8a08152");
  });

  it("refuses a cost that is none", async () => {
    const argon2id = await loadArgon2id();
    expect(() => argon2id(ones(8), ones(8), { memory: 64, passes: 0, lanes: 1 }, 32)).toThrow(RangeError);
  });
});

describe("verifyPassword", () => {
  it("knows the password and no other", async () => {
    const phc = await hashPassword("correct-horse-battery-staple", random);
    expect(await verifyPassword("correct-horse-battery-staple", phc)).toBe(true);
    expect(await verifyPassword("correct-horse-battery-stapl", phc)).toBe(false);
    expect(await verifyPassword("", phc)).toBe(false);
  });

  it("counts each character of a password that is not ASCII", async () => {
    const phc = await hashPassword("日本語の長い合言葉", random);
    expect(await verifyPassword("日本語の長い合言葉", phc)).toBe(true);
    expect(await verifyPassword("日本語の長い合言薬", phc)).toBe(false);
  });

  it("knows a password by its characters, however they are composed", async () => {
    const phc = await hashPassword("cr\u00e8me br\u00fbl\u00e9e", random);
    expect(await verifyPassword("cre\u0300me bru\u0302le\u0301e", phc)).toBe(true);
  });

  it("finds every password wrong where there is no account", async () => {
    expect(await verifyPassword("correct-horse-battery-staple", undefined)).toBe(false);
  });

  it("verifies at the cost that the hash was made at", async () => {
    const argon2id = await loadArgon2id();
    const cost = { memory: 1024, passes: 1, lanes: 1 };
    const hash = argon2id(new TextEncoder().encode("an old password"), ones(16), cost, 32);
    const phc = formatPhc({ cost, salt: ones(16), hash });
    expect(await verifyPassword("an old password", phc)).toBe(true);
    expect(needsRehash(phc)).toBe(true);
  });

  it.each(["", "plain", "$argon2i$v=19$m=19456,t=2,p=1$AQEBAQEBAQE$AQEBAQEBAQE", "$2b$10$abcdefghijklmnopqrstuv"])(
    "does not take %o for a hash",
    async (stored) => {
      await expect(verifyPassword("password", stored)).rejects.toThrow(SyntaxError);
    },
  );
});

describe("hashPassword", () => {
  it("salts each hash", async () => {
    expect(await hashPassword("one password", random)).not.toBe(await hashPassword("one password", random));
  });

  it("hashes at the cost of today", async () => {
    const phc = await hashPassword("one password", random);
    expect(parsePhc(phc).cost).toEqual(COST);
    expect(needsRehash(phc)).toBe(false);
  });
});
