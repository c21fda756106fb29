import { describe, expect, it } from "vitest";
import { readBrowser } from "#features/identity/sign-ins/browser.ts";
import { cookiesOf } from "#features/identity/sign-ins/cookies.ts";
import { checkCsrf, checkSameOrigin, csrfToken } from "#features/identity/sign-ins/csrf.ts";
import { createTestContext } from "../../../support/request-context.ts";

function contextWithBrowser() {
  const context = createTestContext();
  const { id, cookie } = readBrowser(context);
  context.take(cookie);
  return { context, id };
}

describe("readBrowser", () => {
  it("sets a cookie on the first page and keeps it", () => {
    const context = createTestContext();
    const first = readBrowser(context);
    expect(first.cookie).toMatch(
      /^__Host-sluice_browser=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    context.take(first.cookie);
    expect(readBrowser(context)).toEqual({ id: first.id, cookie: undefined });
  });

  it("replaces a malformed cookie", () => {
    const context = createTestContext();
    context.cookies.set("__Host-sluice_browser", "chosen by somebody");
    expect(readBrowser(context).cookie).toBeDefined();
  });
});

describe("checkCsrf", () => {
  it("accepts the token of this browser, which stays the same", async () => {
    const { context, id } = contextWithBrowser();
    const token = await csrfToken(context.settings.secret, id);
    expect(await csrfToken(context.settings.secret, id)).toBe(token);
    await expect(checkCsrf(context, token)).resolves.toBeUndefined();
  });

  it("rejects every other token", async () => {
    const { context, id } = contextWithBrowser();
    const { secret } = context.settings;
    const token = await csrfToken(secret, id);
    const others = [
      undefined,
      "",
      id,
      token.slice(1),
      `${token}A`,
      token.replace(/^./, (first) => (first === "A" ? "B" : "A")),
      await csrfToken(secret, contextWithBrowser().id),
      await csrfToken(`${secret}, another one`, id),
    ];
    for (const other of others) {
      await expect(checkCsrf(context, other), String(other)).rejects.toMatchObject({ type: "forbidden" });
    }
    context.cookies.clear();
    await expect(checkCsrf(context, token)).rejects.toMatchObject({ type: "forbidden" });
  });
});

describe("checkSameOrigin", () => {
  const own = "https://api.example.test";

  it.each([
    [{}],
    [{ Origin: own }],
    [{ "Sec-Fetch-Site": "same-origin" }],
    [{ "Sec-Fetch-Site": "same-origin", Origin: "null" }],
    [{ "Sec-Fetch-Site": "none" }],
  ])("accepts %o", (headers) => {
    expect(() => checkSameOrigin(new Headers(headers), own)).not.toThrow();
  });

  it.each([
    [{ Origin: "https://evil.example" }],
    [{ Origin: "http://api.example.test" }],
    [{ Origin: "null" }],
    [{ Origin: "" }],
    [{ "Sec-Fetch-Site": "cross-site" }],
    [{ "Sec-Fetch-Site": "same-site", Origin: own }],
    [{ "Sec-Fetch-Site": "cross-site", Origin: own }],
    [{ "Sec-Fetch-Site": "" }],
  ])("rejects %o", (headers) => {
    expect(() => checkSameOrigin(new Headers(headers as HeadersInit), own)).toThrow("forbidden");
  });
});

describe("cookiesOf", () => {
  it("reads the cookies of a request, and no members of Object.prototype", () => {
    const cookies = cookiesOf(new Request("https://api.example.test", { headers: { Cookie: "a=1; __Host-b=2" } }));
    expect(cookies.cookie("a")).toBe("1");
    expect(cookies.cookie("__Host-b")).toBe("2");
    expect(cookies.cookie("toString")).toBeUndefined();
    expect(cookiesOf(new Request("https://api.example.test")).cookie("a")).toBeUndefined();
  });
});
