import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { markOf, openToken, signToken, type TokenScope } from "#features/paging/token.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const scope: TokenScope = { secret: "a secret of at least 32 characters", binding: "list", now: NOW };

describe("a signed token", () => {
  it("returns its payload and its expiry, also after it expired", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string(), async (payload, binding) => {
        const bound = { ...scope, binding };
        const token = await signToken(bound, "cursor", NOW + 1000, payload);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        const opened = await openToken({ ...bound, now: NOW + 5000 }, "cursor", token);
        expect(opened).toEqual({ payload: JSON.parse(JSON.stringify(payload)), expiresAt: NOW + 1000 });
      }),
      { numRuns: 50 },
    );
  });

  it("does not grow with its binding", async () => {
    const short = await signToken(scope, "cursor", NOW + 1000, "x");
    const long = await signToken({ ...scope, binding: "x".repeat(5000) }, "cursor", NOW + 1000, "x");
    expect(long).toHaveLength(short.length);
  });

  it("does not open if any one character is replaced", async () => {
    const token = await signToken(scope, "cursor", NOW + 1000, ["next", 1_735_689_600_000, "prod_1"]);
    for (let at = 0; at < token.length; at += 1) {
      for (const step of [1, 2, 16, 32]) {
        const other = ALPHABET[(ALPHABET.indexOf(token.charAt(at)) + step) % ALPHABET.length] ?? "";
        const altered = token.slice(0, at) + other + token.slice(at + 1);
        expect(await openToken(scope, "cursor", altered), `position ${at}: ${altered}`).toBeUndefined();
      }
    }
  });

  it("does not open if it is cut, extended or written differently", async () => {
    const token = await signToken(scope, "cursor", NOW + 1000, "payload");
    const cuts = Array.from(token, (_, length) => token.slice(0, length));
    const others = [token.slice(1), `${token}A`, `${token}=`, `${token}==`, ` ${token}`, `${token}\n`, token + token];
    for (const altered of [...cuts, ...others]) {
      expect(await openToken(scope, "cursor", altered), JSON.stringify(altered)).toBeUndefined();
    }
  });

  it("does not open if it is random text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: "binary" })), async (text) => {
        expect(await openToken(scope, "cursor", text)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it("does not open if its signed content has another form", async () => {
    for (const content of ["", "{", "[1]", '["soon",1]', "{}", "null", "[1,2,3]"]) {
      const stringify = vi.spyOn(JSON, "stringify").mockReturnValueOnce(content);
      const signed = signToken(scope, "cursor", NOW + 1000, "payload");
      stringify.mockRestore();
      expect(await openToken(scope, "cursor", await signed), content).toBeUndefined();
    }
  });

  it("hashes its binding once for all tokens", async () => {
    const digest = vi.spyOn(crypto.subtle, "digest");
    const bound = { ...scope, binding: "counted" };
    const [one, two] = await Promise.all([
      signToken(bound, "cursor", NOW + 1000, 1),
      signToken(bound, "cursor", NOW + 1000, 2),
    ]);
    expect((await openToken(bound, "cursor", one))?.payload).toBe(1);
    expect((await openToken(bound, "cursor", two))?.payload).toBe(2);
    expect(digest).toHaveBeenCalledTimes(1);
    digest.mockRestore();
  });

  it("has a mark that depends only on secret and purpose", async () => {
    const marks = [
      await markOf(scope.secret, "cursor"),
      await markOf("another secret of 32 characters!", "cursor"),
      await markOf(scope.secret, "snapshot"),
    ];
    expect(new Set(marks).size).toBe(3);
    for (const mark of marks) expect(mark).toMatch(/^[\w-]{6}$/);
    expect(await markOf(scope.secret, "cursor")).toBe(marks[0]);
  });

  it.each<[string, TokenScope, string]>([
    ["another secret", { ...scope, secret: "another secret of 32 characters!" }, "cursor"],
    ["another binding", { ...scope, binding: "list " }, "cursor"],
    ["no binding", { ...scope, binding: "" }, "cursor"],
    ["another purpose", scope, "snapshot"],
  ])("does not open with %s", async (_, other, purpose) => {
    const token = await signToken(scope, "cursor", NOW + 1000, "payload");
    expect(await openToken(other, purpose, token)).toBeUndefined();
    expect(await openToken(scope, "cursor", token)).toBeDefined();
  });
});
