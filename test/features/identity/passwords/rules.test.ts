import { describe, expect, it } from "vitest";
import { passwordFault } from "#features/identity/passwords/rules.ts";

describe("passwordFault", () => {
  it.each([
    ["correct-horse-battery-staple"],
    ["eight ch"],
    ["𝒂𝒃𝒄𝒅𝒆𝒇𝒈𝒉"],
    ["x y".repeat(42)],
    ["only lower case letters"],
    ["ada@example.community"],
  ])("finds nothing wrong with %o", (password) => {
    expect(passwordFault(password, "ada@example.com")).toBeUndefined();
  });

  it.each([
    ["", "too-short"],
    ["1234567", "too-short"],
    // Eight units of UTF-16, four characters.
    ["𝒂𝒃𝒄𝒅", "too-short"],
    // Eight code points as typed, four characters when composed.
    ["e\u0301".repeat(4), "too-short"],
    ["xy".repeat(65), "too-long"],
    ["password", "too-common"],
    ["PassWord123", "too-common"],
    ["qwertyuiop", "too-common"],
    ["zzzzzzzzzzzz", "too-common"],
    ["ada.lovelace", "same-as-email"],
    ["ADA.Lovelace", "same-as-email"],
    ["ada.lovelace@example.com", "same-as-email"],
  ])("refuses %o: %s", (password, code) => {
    expect(passwordFault(password, "Ada.Lovelace@example.com")?.code).toBe(code);
  });
});
