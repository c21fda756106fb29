import { describe, expect, it } from "vitest";
import { emailKey, normalizeEmail } from "#features/identity/accounts/email.ts";

describe("normalizeEmail", () => {
  it.each([
    ["ada@example.com", "ada@example.com"],
    [" Ada.Lovelace+store@Mail.Example.CO.UK ", "ada.lovelace+store@mail.example.co.uk"],
    ["o'brien@example.com", "o'brien@example.com"],
    ["a@xn--bcher-kva.example", "a@xn--bcher-kva.example"],
  ])("normalizes %o to %o", (text, email) => {
    expect(normalizeEmail(text)).toBe(email);
  });

  it.each([
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@localhost",
    "ada@example..com",
    ".ada@example.com",
    "ada.@example.com",
    "a..b@example.com",
    "ada@-example.com",
    "ada@example.com\r\nBcc: bob@example.com",
    "ada@example.com,bob@example.com",
    "ada@bob@example.com",
    "Ada <ada@example.com>",
    '"ada"@example.com',
    "ada@[192.0.2.1]",
    "ada@192.0.2.1",
    "ädä@example.com",
    // These become ASCII under case folding.
    "ada@\u212aitchen.example",
    "\u212aate@example.com",
    "ada@\u0130nfo.example",
    "\u017fam@example.com",
    "m\u0131a@example.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"example.".repeat(32)}com`,
  ])("rejects %o", (text) => {
    expect(normalizeEmail(text)).toBeUndefined();
  });
});

describe("emailKey", () => {
  it("is the normalized email, or the text itself if it is not an email", () => {
    expect(emailKey(" Ada@Example.com")).toBe("ada@example.com");
    expect(emailKey(" No Address ")).toBe("no address");
  });

  it("never maps a letter outside ASCII to an ASCII letter", () => {
    expect(emailKey("\u212aate@example.com")).not.toBe(emailKey("kate@example.com"));
  });
});
