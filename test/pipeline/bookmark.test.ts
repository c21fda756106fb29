import { describe, expect, it } from "vitest";
import { credentialKind, type ReadSituation, startOf } from "#pipeline/route/bookmark.ts";
import { openBookmark, sealBookmark } from "#pipeline/route/bookmark-token.ts";

const SECRET = "a secret of the test suite, 32+ characters";
const MARK = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";

describe("where the reads of a request begin", () => {
  const READ: ReadSituation = {
    isWrite: false,
    isPublic: true,
    credential: "none",
    wantsPresent: false,
    bookmark: "none",
  };

  it.each<[string, Partial<ReadSituation>, string]>([
    ["anybody, of what is public", {}, "first-unconstrained"],
    ["anybody, of what is not", { isPublic: false }, "first-primary"],
    ["anybody with a bookmark", { bookmark: MARK }, MARK],
    ["anybody who wants the present state", { wantsPresent: true }, "first-primary"],
    ["whoever wants it with a bookmark", { wantsPresent: true, bookmark: MARK }, "first-primary"],
    ["anybody with something else", { bookmark: "unreadable" }, "first-primary"],
    ["a token", { credential: "token" }, "first-primary"],
    ["a token, of what is private", { credential: "token", isPublic: false }, "first-primary"],
    ["a token with a bookmark", { credential: "token", bookmark: MARK }, MARK],
    ["a token with a bookmark, of what is private", { credential: "token", bookmark: MARK, isPublic: false }, MARK],
    ["a token with something else", { credential: "token", bookmark: "unreadable" }, "first-primary"],
    ["an API key", { credential: "api-key" }, "first-primary"],
    ["an API key with a bookmark", { credential: "api-key", bookmark: MARK }, "first-primary"],
    ["a cookie", { credential: "cookie" }, "first-primary"],
    ["a cookie with a bookmark", { credential: "cookie", bookmark: MARK }, "first-primary"],
    ["other credentials with a bookmark", { credential: "other", bookmark: MARK }, "first-primary"],
    ["a write", { isWrite: true }, "first-primary"],
    ["a write with a token and a bookmark", { isWrite: true, credential: "token", bookmark: MARK }, "first-primary"],
  ])("%s", (_, change, expected) => {
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
  ] as const)("%j is %s", (headers, expected) => {
    expect(credentialKind(new Headers(headers))).toBe(expected);
  });
});

describe("a bookmark as clients carry it", () => {
  it("opens to what it was, and fits a header", async () => {
    const token = await sealBookmark(SECRET, MARK);
    expect(token).toMatch(/^[A-Za-z0-9_-]{122}$/);
    expect(await openBookmark(SECRET, token)).toBe(MARK);
  });

  it("is nothing under another secret", async () => {
    expect(await openBookmark(`${SECRET}!`, await sealBookmark(SECRET, MARK))).toBeUndefined();
  });

  it("is nothing with any one character changed, or cut anywhere", async () => {
    const token = await sealBookmark(SECRET, MARK);
    for (let index = 0; index < token.length; index += 1) {
      const changed = token[index] === "A" ? "B" : "A";
      const forged = `${token.slice(0, index)}${changed}${token.slice(index + 1)}`;
      expect(await openBookmark(SECRET, forged), `changed at ${index}`).toBeUndefined();
      expect(await openBookmark(SECRET, token.slice(0, index)), `cut at ${index}`).toBeUndefined();
    }
  });

  it.each(["", "primary", MARK, "first-unconstrained", "%%%", "a, b", "A".repeat(43), "A".repeat(513)])(
    "is not %s",
    async (text) => {
      expect(await openBookmark(SECRET, text)).toBeUndefined();
    },
  );

  it("is not longer than it can be, whoever signed it", async () => {
    expect(await openBookmark(SECRET, await sealBookmark(SECRET, "0".repeat(400)))).toBeUndefined();
  });
});
