/**
 * A form that a stage refuses is shown again with the values the visitor typed. It never contains a secret, and it says
 * when to try again.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { brokenDatabase } from "../../support/broken-database.ts";
import { refuseAttempts } from "../../support/limiters.ts";
import type { Service, ServiceOptions } from "../../support/service.ts";
import { startService } from "../../support/service.ts";
import { FROM_PAGE, fieldOf, NAVIGATION, newPerson, type Shown, type Visitor, visit, wordsOf } from "./visitor.ts";

/** A service whose shield and database can be made to fail. */
function startRefusable(options: ServiceOptions = {}) {
  let isFlooded = false;
  let isBroken = false;
  const database = new Proxy(env.DB, {
    get(target, name) {
      const source: object = isBroken ? brokenDatabase("D1_ERROR: made to fail") : target;
      const value: unknown = Reflect.get(source, name === "withSession" && isBroken ? "prepare" : name);
      if (name === "withSession" && isBroken) return () => brokenDatabase("D1_ERROR: made to fail");
      return typeof value === "function" ? value.bind(source) : value;
    },
  });
  const service = startService({
    ...options,
    bindings: { DB: database, SHIELD: { limit: async () => ({ success: !isFlooded }) }, ...options.bindings },
  });
  return {
    ...service,
    flood(floods = true) {
      isFlooded = floods;
    },
    breakDatabase() {
      isBroken = true;
    },
  };
}

const SECRET = "a secret that must not come back";

async function sendTyped(visitor: Visitor, path: string, fields: Record<string, string>): Promise<Shown> {
  const shown = await visitor.send(path, fields);
  expect(shown.text).not.toContain(SECRET);
  expect(shown.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(shown.headers.get("Cache-Control")).toBe("no-store");
  return shown;
}

function names(shown: Shown): string[] {
  return shown.elements
    .filter(({ name }) => name === "input" || name === "button")
    .map(({ attributes }) => attributes.get("name") ?? "")
    .filter((name) => name !== "");
}

const FORMS = [
  ["/login", { email: "typed@example.com", password: SECRET }, ["email"]],
  ["/sign-up", { name: "Grace <b>", email: "typed@example.com", password: SECRET }, ["name", "email"]],
  ["/reset", { email: "typed@example.com" }, ["email"]],
  ["/oauth/device", { user_code: "BCDF-GHJK", email: "typed@example.com", password: SECRET }, ["user_code", "email"]],
] as const;

describe.each(FORMS)("%s", (path, fields, kept) => {
  it("is shown again with its values if the shield refuses it before the form is read", async () => {
    const service = startRefusable();
    const visitor = visit(service);
    await visitor.open(path);
    service.flood();
    const shown = await sendTyped(visitor, path, fields);
    expect(shown.status).toBe(429);
    expect(shown.headers.get("Retry-After")).toBe("10");
    expect(wordsOf(shown)).toMatch(/Too many attempts[^.]*\. Try again in 10 seconds\./);
    expect(shown.text).toContain(shown.headers.get("X-Correlation-Id") ?? "no id");
    for (const name of kept) expect(fieldOf(shown.elements, name)).toBe(escaped(fields[name as keyof typeof fields]));
    expect(names(shown)).toEqual(expect.arrayContaining(["csrf", ...Object.keys(fields)]));
    service.flood(false);
    expect((await visitor.send(path, fields)).status).not.toBe(403);
  });

  it("is shown again if there were too many attempts", async () => {
    const service = startService({ limiter: (now) => refuseAttempts(now) });
    const visitor = visit(service);
    await visitor.open(path);
    const shown = await sendTyped(visitor, path, fields);
    expect(shown.status).toBe(429);
    expect(wordsOf(shown)).toMatch(/Too many attempts[^.]*\. Try again in 6 minutes\./);
    expect(fieldOf(shown.elements, "email")).toBe("typed@example.com");
  });

  it("is shown again if the database fails", async () => {
    const service = startRefusable();
    const visitor = visit(service);
    await visitor.open(path);
    visitor.cookies.set("__Host-sluice_sign_in", "A".repeat(43));
    service.breakDatabase();
    const typed = { ...fields, email: "nobody.tried@example.com" };
    const shown = await visitor.send(path, typed);
    // The lookup for the reset mail runs after the response.
    if (path === "/reset") return expect(shown.status).toBe(303);
    expect(shown.status).toBeGreaterThanOrEqual(400);
    expect(shown.text).not.toContain(SECRET);
    expect(fieldOf(shown.elements, "email")).toBe("nobody.tried@example.com");
    for (const name of kept.filter((one) => one !== "email"))
      expect(fieldOf(shown.elements, name)).toBe(escaped(fields[name as keyof typeof fields]));
  });

  it("is shown again if its token has expired", async () => {
    const visitor = visit(startService());
    await visitor.open(path);
    const shown = await sendTyped(visitor, path, { ...fields, csrf: "A".repeat(43) });
    expect(shown.status).toBe(403);
    expect(wordsOf(shown)).toContain("Send it again");
    for (const name of kept) expect(fieldOf(shown.elements, name)).toBe(escaped(fields[name as keyof typeof fields]));
  });

  it.each([
    ["a repeated field", (body: string) => `${body}&email=other%40example.com`, 400],
    ["a character U+0000", (body: string) => `${body}&extra=%00`, 400],
    ["an unknown field", (body: string) => `${body}&extra=1`, 422],
  ])("is shown again if it contains %s", async (_, change, status) => {
    const service = startService();
    const visitor = visit(service);
    const page = await visitor.open(path);
    const csrf = fieldOf(page.elements, "csrf") ?? "";
    const response = await service.fetch(path, {
      method: "POST",
      headers: { ...FROM_PAGE, "Content-Type": "application/x-www-form-urlencoded", Cookie: cookieOf(visitor) },
      body: change(new URLSearchParams({ csrf, ...fields }).toString()),
    });
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).toContain("typed@example.com");
    expect(text).not.toContain(SECRET);
  });

  it("is not shown again for another site or for a program", async () => {
    const service = startRefusable();
    const visitor = visit(service);
    await visitor.open(path);
    service.flood();
    const foreign = await visitor.send(path, fields, {
      ...NAVIGATION,
      Origin: "https://evil.example",
      "Sec-Fetch-Site": "cross-site",
    });
    expect(foreign.status).toBe(429);
    expect(foreign.text).not.toContain("typed@example.com");
    expect(names(foreign)).toEqual([]);
    const program = await visitor.send(path, fields, { Accept: "*/*" });
    expect(program.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it("is shown empty if the body is too large to read", async () => {
    const service = startRefusable();
    const visitor = visit(service);
    await visitor.open(path);
    service.flood();
    const shown = await visitor.send(path, { ...fields, extra: "x".repeat(70_000) });
    expect(shown.status).toBe(429);
    expect(shown.text).not.toContain("typed@example.com");
  });
});

describe("forms of a signed-in user", () => {
  async function person(service: Service): Promise<Visitor> {
    return newPerson(service, `${crypto.randomUUID()}@example.com`);
  }

  it("shows the password change again, without either password", async () => {
    const service = startRefusable();
    const visitor = await person(service);
    await visitor.open("/account/password");
    service.flood();
    const shown = await sendTyped(visitor, "/account/password", { current: SECRET, password: SECRET });
    expect(shown.status).toBe(429);
    expect(names(shown)).toEqual(expect.arrayContaining(["csrf", "current", "password"]));
    expect(wordsOf(shown)).toContain("Try again in 10 seconds.");
  });

  it.each(["/account/sign-out-everywhere", "/logout", "/account/passkeys/remove"])("shows %s again", async (path) => {
    const service = startRefusable();
    const visitor = await person(service);
    await visitor.open("/account");
    service.flood();
    const shown = await sendTyped(visitor, path, path.endsWith("remove") ? { id: "3pN2b1nFbbxkCPKf9lHgqw" } : {});
    expect(shown.status).toBe(429);
    expect(wordsOf(shown)).toContain("Try again in 10 seconds.");
    expect(names(shown)).toContain("csrf");
  });
});

function escaped(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cookieOf({ cookies }: Visitor): string {
  return Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
}
