import { describe, expect, it } from "vitest";
import { readBrowser } from "#features/identity/sign-ins/browser.ts";
import { cookiesOf } from "#features/identity/sign-ins/cookies.ts";
import { checkCsrf, checkSameOrigin, csrfToken } from "#features/identity/sign-ins/csrf.ts";
import { setScene } from "../../../support/request-context.ts";

function sceneWithBrowser() {
  const scene = setScene();
  const { id, cookie } = readBrowser(scene);
  scene.take(cookie);
  return { scene, id };
}

describe("readBrowser", () => {
  it("sets a cookie on the first page and keeps it", () => {
    const scene = setScene();
    const first = readBrowser(scene);
    expect(first.cookie).toMatch(
      /^__Host-sluice_browser=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    scene.take(first.cookie);
    expect(readBrowser(scene)).toEqual({ id: first.id, cookie: undefined });
  });

  it("replaces a malformed cookie", () => {
    const scene = setScene();
    scene.cookies.set("__Host-sluice_browser", "chosen by somebody");
    expect(readBrowser(scene).cookie).toBeDefined();
  });
});

describe("checkCsrf", () => {
  it("accepts the token of this browser, which stays the same", async () => {
    const { scene, id } = sceneWithBrowser();
    const token = await csrfToken(scene.settings.secret, id);
    expect(await csrfToken(scene.settings.secret, id)).toBe(token);
    await expect(checkCsrf(scene, token)).resolves.toBeUndefined();
  });

  it("rejects every other token", async () => {
    const { scene, id } = sceneWithBrowser();
    const { secret } = scene.settings;
    const token = await csrfToken(secret, id);
    const others = [
      undefined,
      "",
      id,
      token.slice(1),
      `${token}A`,
      token.replace(/^./, (first) => (first === "A" ? "B" : "A")),
      await csrfToken(secret, sceneWithBrowser().id),
      await csrfToken(`${secret}, another one`, id),
    ];
    for (const other of others) {
      await expect(checkCsrf(scene, other), String(other)).rejects.toMatchObject({ type: "forbidden" });
    }
    scene.cookies.clear();
    await expect(checkCsrf(scene, token)).rejects.toMatchObject({ type: "forbidden" });
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
