/** Login by form: its responses and what they do not reveal. */
import { beforeAll, describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";
import { newPerson, PASSWORD, visit, wordsOf } from "./visitor.ts";

const service = startService();

beforeAll(async () => {
  await newPerson(service, "grace@example.com");
  await newPerson(service, "known@example.com");
});

async function attempt(email: string, password: string, on = service) {
  const visitor = visit(on);
  await visitor.open("/login");
  return visitor.send("/login", { email, password });
}

describe("/login", () => {
  it("accepts the right password for any spelling of the email address, and keeps the visitor signed in", async () => {
    for (const email of ["grace@example.com", " Grace@Example.COM "]) {
      const visitor = visit(service);
      await visitor.open("/login");
      const sent = await visitor.send("/login", { email, password: PASSWORD });
      expect(sent.location).toBe("/account");
      const account = await visitor.follow(sent);
      expect(wordsOf(account)).toContain("grace@example.com confirmed");
      expect(wordsOf(await visitor.open("/login"))).toContain("You are signed in as grace@example.com");
    }
  });

  it("J10 returns the same page for a wrong password and an unknown account", async () => {
    const wrong = await attempt("grace@example.com", "not the password");
    const unknown = await attempt("nobody@example.com", "not the password");
    expect(wrong.status).toBe(422);
    expect(unknown.status).toBe(422);
    const plain = (text: string) => text.replaceAll(/value="[^"]*"|data-csrf="[^"]*"/g, "");
    expect(plain(unknown.text)).toBe(plain(wrong.text));
    expect(wordsOf(wrong)).toContain("The email address or the password is wrong");
    expect(wrong.text).toContain('value="grace@example.com"');
    expect(wrong.text).not.toContain("not the password");
    expect(wrong.text).toContain('aria-invalid="true"');
  });

  it.each(["", "no address", "a@b", `${"x".repeat(300)}@example.com`])(
    "returns the same message for the address %j",
    async (email) => {
      const refused = await attempt(email, "x");
      expect(refused.status).toBe(422);
      expect(wordsOf(refused)).toContain("The email address or the password is wrong");
    },
  );

  it("names the limit of a field that is too long", async () => {
    const refused = await attempt("x".repeat(400), "x");
    expect(refused.status).toBe(422);
    expect(wordsOf(refused)).toContain("may have at most 320 characters");
  });

  it("returns a problem document to programs", async () => {
    const visitor = visit(service);
    await visitor.open("/login");
    const refused = await visitor.send(
      "/login",
      { email: "grace@example.com", password: "not the password" },
      { Accept: "application/json" },
    );
    expect(refused.headers.get("Content-Type")).toBe("application/problem+json");
    expect(JSON.parse(refused.text)).toMatchObject({ code: "VALIDATION_ERROR", errors: [{ pointer: "#/password" }] });
  });
});

/** The Worker types contain only the values of wrangler.toml. */
const TURNSTILE = {
  SLUICE_TURNSTILE_SITE_KEY: "1x00000000000000000000AA",
  SLUICE_TURNSTILE_SECRET: "secret",
} as unknown as Partial<Env>; // as said

describe("J10 after repeated failures", () => {
  it.each(["known@example.com", "nobody.at.all@example.com"])("requires the challenge for %s", async (email) => {
    const own = startService();
    for (let failures = 0; failures < 5; failures += 1) expect((await attempt(email, "wrong", own)).status).toBe(422);
    const challenged = await attempt(email, PASSWORD, own);
    expect(challenged.status).toBe(403);
    expect(challenged.text).toContain('<a href="/problems/challenge-required">challenge-required</a>');
    expect(challenged.headers.get("Retry-After")).toBe("900");
    expect(wordsOf(challenged)).toContain(
      "Too many attempts. Try again in 15 minutes, reset your password by email, or sign in with a passkey.",
    );
    expect(challenged.text).toContain('<a href="/reset">Reset your password by email</a>');
    expect(wordsOf(challenged)).not.toMatch(/solve/i);
    expect(challenged.headers.get("Content-Security-Policy")).not.toContain("cloudflare");
  });

  it("shows Turnstile only on that page, and accepts a solved challenge", async () => {
    const answers = [{ success: true, hostname: "api.example.test", action: "login" }];
    const own = startService({
      bindings: TURNSTILE,
      dependencies: { fetch: async () => Response.json(answers[0]) },
    });
    await newPerson(own, "edith@example.com");
    for (let failures = 0; failures < 5; failures += 1) await attempt("edith@example.com", "wrong", own);
    const visitor = visit(own);
    const before = await visitor.open("/login");
    expect(before.headers.get("Content-Security-Policy")).not.toContain("cloudflare");
    const challenged = await visitor.send("/login", { email: "edith@example.com", password: PASSWORD });
    expect(challenged.status).toBe(403);
    const policy = challenged.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("script-src 'self' https://challenges.cloudflare.com");
    expect(policy).toContain("frame-src https://challenges.cloudflare.com");
    const widget = challenged.elements.find(({ attributes }) => attributes.get("class") === "cf-turnstile");
    expect(widget?.attributes.get("data-sitekey")).toBe("1x00000000000000000000AA");
    const sources = challenged.elements.flatMap(({ name, attributes }) =>
      name === "script" ? [attributes.get("src")] : [],
    );
    expect(sources).toContain("https://challenges.cloudflare.com/turnstile/v0/api.js");
    const solved = await visitor.send("/login", {
      email: "edith@example.com",
      password: PASSWORD,
      "cf-turnstile-response": "solved",
    });
    expect(solved.location).toBe("/account");
  });

  it("states the waiting time in words", async () => {
    const own = startService({
      bindings: TURNSTILE,
      dependencies: {
        fetch: async () => Response.json({ success: true, hostname: "api.example.test", action: "login" }),
      },
    });
    let answered = await attempt("waiting@example.com", "wrong", own);
    for (let failures = 1; failures < 25 && answered.status !== 429; failures += 1) {
      const visitor = visit(own);
      await visitor.open("/login");
      answered = await visitor.send("/login", {
        email: "waiting@example.com",
        password: "wrong",
        "cf-turnstile-response": "solved",
      });
    }
    expect(answered.status).toBe(429);
    const seconds = Number(answered.headers.get("Retry-After"));
    expect(seconds).toBeGreaterThan(0);
    expect(wordsOf(answered)).toMatch(/Too many attempts\. Try again in \d+ (second|minute|hour)s?\./);
  });
});
