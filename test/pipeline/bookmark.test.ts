import { describe, expect, it } from "vitest";
import { credentialKind, type ReadSituation, startOf } from "#pipeline/route/bookmark.ts";
import { openBookmark, sealBookmark } from "#pipeline/route/bookmark-token.ts";

const SECRET = "a secret of the test suite, 32+ characters";
const MARK = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";

describe("startOf", () => {
  const READ: ReadSituation = {
    isWrite: false,
    isPublic: true,
    credential: "none",
    wantsPresent: false,
    bookmark: "none",
  };

  it.each<[string, Partial<ReadSituation>, string]>([
    ["anonymous, public data", {}, "first-unconstrained"],
    ["anonymous, private data", { isPublic: false }, "first-primary"],
    ["anonymous with a bookmark", { bookmark: MARK }, MARK],
    ["anonymous, no-cache", { wantsPresent: true }, "first-primary"],
    ["anonymous, no-cache, with a bookmark", { wantsPresent: true, bookmark: MARK }, "first-primary"],
    ["anonymous with an unreadable bookmark", { bookmark: "unreadable" }, "first-primary"],
    ["a token", { credential: "token" }, "first-primary"],
    ["a token, private data", { credential: "token", isPublic: false }, "first-primary"],
    ["a token with a bookmark", { credential: "token", bookmark: MARK }, MARK],
    ["a token with a bookmark, private data", { credential: "token", bookmark: MARK, isPublic: false }, MARK],
    ["a token with an unreadable bookmark", { credential: "token", bookmark: "unreadable" }, "first-primary"],
    ["an API key", { credential: "api-key" }, "first-primary"],
    ["an API key with a bookmark", { credential: "api-key", bookmark: MARK }, "first-primary"],
    ["a cookie", { credential: "cookie" }, "first-primary"],
    ["a cookie with a bookmark", { credential: "cookie", bookmark: MARK }, "first-primary"],
    ["other credentials with a bookmark", { credential: "other", bookmark: MARK }, "first-primary"],
    ["a write", { isWrite: true }, "first-primary"],
    ["a write with a token and a bookmark", { isWrite: true, credential: "token", bookmark: MARK }, "first-primary"],
  ])("reads begin at the right database: %s", (_, change, expected) => {
    expect(startOf({ ...READ, ...change })).toBe(expected);
  });

  it.each([
    [{}, "none"],
    [{ Authorization: "Bearer aaa.bbb.ccc" }, "token"],
    [{ Authorization: "bearer aaa.bbb.ccc", Cookie: "a=b" }, "token"],
    [{ Authorization: "DPoP aaa.bbb.ccc", DPoP: "ddd.eee.fff" }, "token"],
    [{ Authorization: "DPoP aaa.bbb.ccc" }, "other"],
    [{ Authorization: "Bearer sluice_0123456789" }, "api-key"],
    [{ Authorization: "bearer  sluice_0123456789", Cookie: "a=b" }, "api-key"],
    [{ Authorization: "Bearer sluice_0123456789, Bearer aaa.bbb.ccc" }, "other"],
    [{ Authorization: "Basic YTpi" }, "other"],
    [{ Authorization: "" }, "other"],
    [{ Cookie: "a=b" }, "cookie"],
  ] as const)("%j has the credential kind %s", (headers, expected) => {
    expect(credentialKind(new Headers(headers))).toBe(expected);
  });
});

describe("a sealed bookmark", () => {
  it("opens to the original bookmark, and fits a header", async () => {
    const token = await sealBookmark(SECRET, MARK);
    expect(token).toMatch(/^[A-Za-z0-9_-]{122}$/);
    expect(await openBookmark(SECRET, token)).toBe(MARK);
  });

  it("does not open with another secret", async () => {
    expect(await openBookmark(`${SECRET}!`, await sealBookmark(SECRET, MARK))).toBeUndefined();
  });

  it("does not open if any character is changed, or if it is cut", async () => {
    const token = await sealBookmark(SECRET, MARK);
    for (let index = 0; index < token.length; index += 1) {
      const changed = token[index] === "A" ? "B" : "A";
      const forged = `${token.slice(0, index)}${changed}${token.slice(index + 1)}`;
      expect(await openBookmark(SECRET, forged), `changed at ${index}`).toBeUndefined();
      expect(await openBookmark(SECRET, token.slice(0, index)), `cut at ${index}`).toBeUndefined();
    }
  });

  it.each(["", "primary", MARK, "first-unconstrained", "%%%", "a, b", "A".repeat(43), "A".repeat(513)])(
    "does not open from %j",
    async (text) => {
      expect(await openBookmark(SECRET, text)).toBeUndefined();
    },
  );

  it("does not open if it is too long, even with a valid signature", async () => {
    expect(await openBookmark(SECRET, await sealBookmark(SECRET, "0".repeat(400)))).toBeUndefined();
  });
});
