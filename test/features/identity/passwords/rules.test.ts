import { describe, expect, it } from "vitest";
import { passwordFault } from "#features/identity/passwords/rules.ts";

const EMAIL = "Ada.Lovelace@example.com";

describe("passwordFault", () => {
  it.each([
    ["correct-horse-battery-staple"],
    ["correcthorsebatterystaple"],
    ["tall-lamp-under-quiet-stairs"],
    ["nine unusual herons"],
    ["a better choice of words"],
    ["eight ch"],
    ["xkqvbzjw"],
    ["blue-kettle-4410"],
    ["password of a quiet heron"],
    ["𝒂𝒃𝒄𝒅𝒆𝒇𝒈𝒉"],
    ["ключ от старого сада"],
    [`${"sturdy gate ".repeat(11).slice(0, 100)}quite another ending of 28 c`],
    ["only lower case letters"],
    ["ada@example.community"],
  ])("accepts %o", async (password) => {
    expect(await passwordFault(password, EMAIL)).toBeUndefined();
  });

  it.each([
    ["", "too-short"],
    ["1234567", "too-short"],
    // Eight UTF-16 code units, four characters.
    ["𝒂𝒃𝒄𝒅", "too-short"],
    // Eight code points as typed, four characters when composed.
    ["e\u0301".repeat(4), "too-short"],
    ["xy".repeat(65), "too-long"],
    ["ada.lovelace", "same-as-email"],
    ["ADA.Lovelace", "same-as-email"],
    ["ada.lovelace@example.com", "same-as-email"],
  ])("refuses %o: %s", async (password, code) => {
    expect((await passwordFault(password, EMAIL))?.code).toBe(code);
  });

  it.each([
    ...["password", "PassWord123", "Password123!", "password1234567", "P@ssw0rd2026", "p4ssw0rd!!!", "drowssap123"],
    ...["qwertyuiop", "qwertyuiop12345", "zxcvbnm123456789", "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6u7"],
    ...[
      "letmein!!!!",
      "dragon1987",
      "iloveyou123456",
      "summer2026!",
      "Welcome2026",
      "monkeymonkey123",
      "trustno1trustno1",
    ],
    ...["Administrator1", "michael19871234", "football!2024", "Charlie12345!"],
    ...[
      "zzzzzzzzzzzz",
      "aaaabbbbcccc",
      "abcdefgh12345678",
      "9876543210987",
      "abcabcabcabc",
      "12121212121212",
      "58201947",
    ],
    ...["ada.lovelace1990", "adalovelace12", "Lovelace2026!", "adaadaada1", "example12345"],
    ...["sluice123456", "Sluice2026!", "sluicesluice1"],
  ])("rejects %o as easy to guess", async (password) => {
    const fault = await passwordFault(password, EMAIL);
    expect(fault?.code).toBe("too-common");
    expect(fault?.detail).toContain("easy to guess");
  });

  it.each(["4@8({[<63!1|7$50".repeat(8), "p@55w0rd".repeat(16), "aA1!".repeat(32)])(
    "judges %o by its first 64 characters",
    async (password) => {
      expect(await passwordFault(password, EMAIL)).toEqual(await passwordFault(password.slice(0, 64), EMAIL));
    },
  );
});
