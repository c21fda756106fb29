/** The steps of an authorization: which browser and account they belong to, when they are shown, and how they end. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import { refuseAttempts } from "../../support/limiters.ts";
import { ORIGIN, startService } from "../../support/service.ts";
import { fieldOf, newPerson, PASSWORD, type Shown, type Visitor, visit, wordsOf } from "./visitor.ts";

/** The authorization server's library reads the machine's clock, so this service uses the same clock. */
let aheadMs = 0;
let isRefusing = false;
const service = startService({
  dependencies: { now: () => Date.now() + aheadMs },
  limiter: (now) => refuseAttempts(now, () => isRefusing),
});
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

beforeAll(async () => {
  await env.DB.prepare(
    `INSERT INTO oauth_clients (seq, id, client_id, name, type, redirect_uris, grant_types, scopes, created_at, updated_at)
     VALUES (1, 'client_01hk153x00f11trzsef1g2m40f', 'notes', 'Notes & "Friends"', 'public', '["https://notes.example/callback"]',
       '["authorization_code","urn:ietf:params:oauth:grant-type:device_code"]', '["openid","users:read","comments:write","posts:write"]', 1, 1)`,
  ).run();
  await newPerson(service, "ines@example.com");
  await newPerson(service, "otto@example.com");
});

async function begin(visitor: Visitor, parameters: Readonly<Record<string, string>> = {}): Promise<Shown> {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "notes",
    redirect_uri: "https://notes.example/callback",
    scope: "users:read posts:write",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...parameters,
  });
  return settle(visitor, await visitor.open(`/oauth/authorize?${query}`));
}

/** Follows redirects until a page is shown or the browser is redirected to the app. */
async function settle(visitor: Visitor, shown: Shown): Promise<Shown> {
  let current = shown;
  while (current.status === 303 && !(current.location ?? "").startsWith("https://notes.example/")) {
    current = await visitor.follow({ ...current, location: (current.location ?? "").replace(ORIGIN, "") });
  }
  return current;
}

function actionOf({ elements }: Shown): string {
  return elements.find(({ name }) => name === "form")?.attributes.get("action") ?? "";
}

async function logIn(email: string): Promise<Visitor> {
  const visitor = visit(service);
  await visitor.open("/login");
  expect((await visitor.send("/login", { email, password: PASSWORD })).location).toBe("/account");
  return visitor;
}

async function subjectsTo(email: string): Promise<string[]> {
  const mails = await readMailbox(openDatabase(env.DB));
  return mails.filter(({ recipient }) => recipient === email).map(({ subject }) => subject);
}

function returnOf({ location, text }: Shown): URLSearchParams {
  expect(location, text).toMatch(/^https:\/\/notes\.example\/callback\?/);
  return new URL(location ?? "").searchParams;
}

describe("mails to the account owner", () => {
  it("sends one mail for an app while its grant exists, and none for a refused app", async () => {
    await newPerson(service, "told@example.com");
    const visitor = await logIn("told@example.com");
    const connected = async () =>
      (await subjectsTo("told@example.com")).filter((subject) => subject === "An app was connected to your account");
    for (const [decision, mails] of [
      ["deny", 0],
      ["allow", 1],
      ["allow", 1],
    ] as const) {
      const consent = await begin(visitor);
      await settle(visitor, await visitor.send(actionOf(consent), { decision }));
      expect(await connected()).toHaveLength(mails);
    }
    await visitor.open("/account");
    await visitor.send("/account/sign-out-everywhere", {});
    const again = await logIn("told@example.com");
    const consent = await begin(again);
    await settle(again, await again.send(actionOf(consent), { decision: "allow" }));
    expect(await connected()).toHaveLength(2);
    const contents = (await readMailbox(openDatabase(env.DB))).map(({ content }) => content).join();
    expect(contents, "the mail does not contain the name that the app chose").not.toContain("Friends");
  });
});

describe("an authorization", () => {
  it("shows the login, then the consent page, then redirects to the app", async () => {
    const visitor = visit(service);
    const page = await begin(visitor, { login_hint: "ines@example.com" });
    expect(wordsOf(page)).toContain("Sign in to continue to Notes");
    expect(fieldOf(page.elements, "email")).toBe("ines@example.com");
    expect(page.elements.filter(({ name }) => name === "form")).toHaveLength(1);
    const wrong = await visitor.send(actionOf(page), { email: "ines@example.com", password: "not it" });
    expect(wrong.status).toBe(422);
    expect(wordsOf(wrong)).toContain("The email address or the password is wrong");
    const step = await visitor.send(actionOf(page), { email: "ines@example.com", password: PASSWORD });
    const consent = await settle(visitor, step);
    expect(wordsOf(consent)).toContain("wants to access your account ines@example.com");
    expect(wordsOf(consent)).toContain("See your name, email address and role.");
    expect(wordsOf(consent), "scopes that a customer cannot have are not requested").not.toContain("Write posts");
    const allowed = await settle(visitor, await visitor.send(actionOf(consent), { decision: "allow" }));
    expect(returnOf(allowed).get("code")).toMatch(/^\S{20,}$/);
    expect((await visitor.send(actionOf(consent), { decision: "allow" })).status).toBe(404);
  });

  it("escapes the app's name", async () => {
    const page = await begin(visit(service));
    expect(page.text).toContain("Notes &amp; &quot;Friends&quot;");
  });

  it("skips the login if the visitor is signed in, unless the app sends prompt=login", async () => {
    const visitor = await logIn("ines@example.com");
    expect(wordsOf(await begin(visitor))).toContain("wants to access your account");
    const forced = await begin(visitor, { prompt: "login" });
    expect(wordsOf(forced)).toContain("Sign in to continue");
    const again = await visitor.send(actionOf(forced), { email: "otto@example.com", password: PASSWORD });
    expect(wordsOf(await settle(visitor, again))).toContain("wants to access your account otto@example.com");
  });

  it("asks for a new login if the sign-in is older than max_age", async () => {
    const visitor = await logIn("ines@example.com");
    aheadMs = 60_000;
    const scope = "openid users:read";
    expect(wordsOf(await begin(visitor, { scope, max_age: "600" }))).toContain("See the id of your account.");
    expect(wordsOf(await begin(visitor, { scope, max_age: "30" }))).toContain("Sign in to continue");
  });

  it("redirects to the app with access_denied if the user denies", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor);
    const refused = await settle(visitor, await visitor.send(actionOf(consent), { decision: "deny" }));
    expect(returnOf(refused).get("error")).toBe("access_denied");
  });

  it("shows the consent page again after a 429, and then accepts the decision", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor);
    isRefusing = true;
    const refused = await visitor.send(actionOf(consent), { decision: "allow" });
    isRefusing = false;
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(wordsOf(refused)).toMatch(/Too many attempts[^.]*\. Try again in 6 minutes\./);
    expect(wordsOf(refused)).toContain("wants to access your account ines@example.com");
    expect(refused.text).toContain('name="decision" value="allow"');
    const allowed = await settle(visitor, await visitor.send(actionOf(refused), { decision: "allow" }));
    expect(returnOf(allowed).get("code")).toMatch(/^\S{20,}$/);
  });

  it("returns 422 if the consent form has no decision", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor);
    const undecided = await visitor.send(actionOf(consent), {});
    expect(undecided.status).toBe(422);
    expect(wordsOf(undecided)).toContain("Choose Allow or Do not allow.");
  });

  it("rejects consent if another account has signed in since", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor);
    await visitor.open("/login");
    await visitor.send("/login", { email: "otto@example.com", password: PASSWORD });
    const stolen = await visitor.send(actionOf(consent), { decision: "allow" });
    expect(stolen.location).toBe(actionOf(consent));
    const page = await visitor.follow(stolen);
    expect(wordsOf(page)).toContain("Use the account that you started with.");
    const back = await visitor.send(actionOf(page), { email: "ines@example.com", password: PASSWORD });
    expect(wordsOf(await visitor.follow(back))).toContain("wants to access your account ines@example.com");
  });

  it("asks for consent again if another account signs in on the interaction page", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor, { state: "kept" });
    await visitor.open("/logout");
    await visitor.send("/logout", {});
    const page = await visitor.open(actionOf(consent));
    const next = await settle(
      visitor,
      await visitor.send(actionOf(page), { email: "otto@example.com", password: PASSWORD }),
    );
    expect(wordsOf(next)).toContain("wants to access your account otto@example.com");
    expect(
      returnOf(await settle(visitor, await visitor.send(actionOf(next), { decision: "allow" }))).get("state"),
    ).toBe("kept");
  });

  it("accepts consent only for the account and scopes that the page showed", async () => {
    const visitor = await logIn("ines@example.com");
    const shown = await begin(visitor);
    const stale = { account: fieldOf(shown.elements, "account") ?? "", scope: fieldOf(shown.elements, "scope") ?? "" };
    expect(stale.account).toMatch(/^user_/);
    expect(stale.scope).toBe("users:read");
    // In another tab, the same authorization continues as another account.
    const switched = await settle(visitor, await visitor.send(actionOf(shown), { decision: "switch" }));
    const other = await settle(
      visitor,
      await visitor.send(actionOf(switched), { email: "otto@example.com", password: PASSWORD }),
    );
    expect(wordsOf(other)).toContain("wants to access your account otto@example.com");
    const again = await visitor.send(actionOf(other), { decision: "allow", ...stale });
    expect(again.location).toBe(actionOf(other));
    const wider = await visitor.send(actionOf(other), { decision: "allow", scope: "" });
    expect(wider.location, "scopes that the page did not show").toBe(actionOf(other));
    await visitor.follow(wider);
    expect(
      returnOf(await settle(visitor, await visitor.send(actionOf(other), { decision: "allow" }))).get("code"),
    ).not.toBe(null);
  });

  it("lets the user switch accounts and keeps the app's request", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor, { state: "kept" });
    expect(wordsOf(consent)).toContain("Not ines@example.com? Use another account");
    const button = consent.elements.find(({ attributes }) => attributes.get("value") === "switch");
    expect(button).toMatchObject({ name: "button" });
    const page = await settle(visitor, await visitor.send(actionOf(consent), { decision: "switch" }));
    expect(wordsOf(page)).toContain("Sign in to continue to Notes");
    expect((await visitor.open("/account")).location, "signed out").toBe("/login");
    const next = await settle(
      visitor,
      await visitor.send(actionOf(page), { email: "otto@example.com", password: PASSWORD }),
    );
    expect(wordsOf(next)).toContain("wants to access your account otto@example.com");
    const back = returnOf(await settle(visitor, await visitor.send(actionOf(next), { decision: "allow" })));
    expect(back.get("state")).toBe("kept");
    expect(back.get("code")).toMatch(/^\S{20,}$/);
  });

  it("names the host that the user continues to", async () => {
    const visitor = await logIn("ines@example.com");
    expect(wordsOf(await begin(visitor))).toContain("Either way, you continue to notes.example.");
  });

  it("returns 400 if another browser tries to resume it", async () => {
    const visitor = await logIn("ines@example.com");
    const consent = await begin(visitor);
    const allowed = await visitor.send(actionOf(consent), { decision: "allow" });
    const path = (allowed.location ?? "").replace(ORIGIN, "");
    const planted = await logIn("otto@example.com");
    planted.cookies.set("__Host-sluice_browser", visitor.cookies.get("__Host-sluice_browser") ?? "");
    for (const other of [visit(service), await logIn("otto@example.com"), planted]) {
      const refused = await other.open(path);
      expect(refused.status).toBe(400);
      expect(refused.location).toBeNull();
      expect(wordsOf(refused)).toContain("started in another browser or by another sign-in");
    }
    expect((await visitor.open("/oauth/authorize/%2e%2e%2fx")).status).toBe(400);
    expect(returnOf(await visitor.follow({ ...allowed, location: path })).get("code")).not.toBe(null);
  });

  it("returns 404 for an interaction of another browser", async () => {
    const visitor = await logIn("ines@example.com");
    const path = actionOf(await begin(visitor));
    const other = await logIn("otto@example.com");
    const seen = await other.open(path);
    expect(seen.status).toBe(404);
    expect(wordsOf(seen)).toContain("started in another browser");
    for (const fields of [
      { decision: "allow" },
      { decision: "deny" },
      { email: "otto@example.com", password: PASSWORD },
    ]) {
      const sent = await other.send(path, fields);
      expect(sent.status).toBe(404);
    }
    expect((await other.open("/oauth/interaction/unknown")).status).toBe(404);
    expect((await visitor.open(path)).status).toBe(200);
  });

  it("has no form-action directive, because Chromium applies it to the redirects to the app", async () => {
    const page = await begin(visit(service));
    expect(page.headers.get("Content-Security-Policy")).not.toContain("form-action");
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(page.headers.get("Cache-Control")).toBe("no-store");
  });

  it("J10 requires the challenge after repeated failures", async () => {
    const visitor = visit(service);
    const page = await begin(visitor);
    const sent = { email: "target@example.com", password: "wrong" };
    for (let failures = 0; failures < 5; failures += 1) {
      expect((await visitor.send(actionOf(page), sent)).status).toBe(422);
    }
    const challenged = await visitor.send(actionOf(page), sent);
    expect(challenged.status).toBe(403);
    expect(challenged.text).toContain('<a href="/problems/challenge-required">challenge-required</a>');
  });
});

describe("the device flow", () => {
  async function ask(): Promise<string> {
    const response = await service.fetch("/oauth/device_authorization", {
      method: "POST",
      body: new URLSearchParams({ client_id: "notes", scope: "comments:write" }),
    });
    return (await response.json<{ user_code: string }>()).user_code;
  }

  it("connects a device once, for the user who is signed in", async () => {
    const code = await ask();
    const visitor = visit(service);
    const stranger = await visitor.open(`/oauth/device?user_code=${code}`);
    expect(wordsOf(stranger)).toContain("Sign in to connect a device to your account.");
    const known = await visitor.send("/oauth/device", {
      user_code: code,
      email: "ines@example.com",
      password: PASSWORD,
    });
    const asked = await visitor.follow(known);
    expect(wordsOf(asked)).toContain(code);
    expect(wordsOf(asked)).toContain("Write comments for you.");
    const done = await visitor.send("/oauth/device", { user_code: code, decision: "allow" });
    expect(wordsOf(await visitor.follow(done))).toContain("The device is connected.");
    expect((await visitor.send("/oauth/device", { user_code: code, decision: "allow" })).status).toBe(422);
    expect((await subjectsTo("ines@example.com")).filter((subject) => subject.startsWith("A device"))).toHaveLength(1);
  });

  it("does not connect a device if the user denies or is not signed in", async () => {
    const code = await ask();
    const stranger = visit(service);
    await stranger.open("/oauth/device");
    const sent = await stranger.send("/oauth/device", { user_code: code, decision: "allow" });
    expect(wordsOf(await stranger.follow(sent))).toContain("Sign in to connect a device to your account.");
    const visitor = await logIn("otto@example.com");
    await visitor.open("/oauth/device");
    const refused = await visitor.send("/oauth/device", { user_code: code, decision: "deny" });
    expect(wordsOf(await visitor.follow(refused))).toContain("The device is not connected.");
  });

  it("looks up a code only when the form is sent, not when a link is opened", async () => {
    const visitor = await newPerson(service, "clicker@example.com");
    const code = await ask();
    for (let visits = 0; visits < 25; visits += 1) {
      const wrong = await visitor.open("/oauth/device?user_code=XXXX-XXXX");
      expect(wrong.status).toBe(200);
      expect(fieldOf(wrong.elements, "user_code")).toBe("XXXX-XXXX");
    }
    const page = await visitor.open(`/oauth/device?user_code=${code}`);
    expect(fieldOf(page.elements, "user_code")).toBe(code);
    expect(wordsOf(page), "opening a link does not reveal the app").not.toContain("Notes");
    const asked = await visitor.follow(await visitor.send("/oauth/device", { user_code: code }));
    expect(wordsOf(asked)).toContain("wants to access your account clicker@example.com");
    for (let visits = 0; visits < 25; visits += 1) {
      expect((await visitor.open(`/oauth/device?user_code=XXXX-XXXX&entry=${"A".repeat(43)}`)).status).toBe(200);
    }
    const done = await visitor.send("/oauth/device", { user_code: code, decision: "allow" });
    expect(wordsOf(await visitor.follow(done))).toContain("The device is connected.");
  });

  it("shows the consent page only to the sign-in that entered the code", async () => {
    const code = await ask();
    const visitor = await logIn("ines@example.com");
    await visitor.open("/oauth/device");
    const { location } = await visitor.send("/oauth/device", { user_code: code });
    expect(wordsOf(await visitor.open(location ?? ""))).toContain("wants to access your account");
    const other = await logIn("otto@example.com");
    const page = await other.open(location ?? "");
    expect(wordsOf(page)).toContain("Enter the code that the device shows.");
    expect(fieldOf(page.elements, "user_code")).toBe(code);
  });

  it("connects the device only to the account that the page showed", async () => {
    const code = await ask();
    const visitor = await logIn("ines@example.com");
    await visitor.open("/oauth/device");
    const shown = await visitor.follow(await visitor.send("/oauth/device", { user_code: code }));
    const account = fieldOf(shown.elements, "account") ?? "";
    await visitor.open("/login");
    await visitor.send("/login", { email: "otto@example.com", password: PASSWORD });
    const stale = await visitor.send("/oauth/device", { user_code: code, decision: "allow", account });
    expect(stale.location).toContain("&entry=");
    const again = await visitor.follow(stale);
    expect(wordsOf(again)).toContain("wants to access your account otto@example.com");
    const switched = await visitor.follow(await visitor.send("/oauth/device", { user_code: code, decision: "switch" }));
    expect(wordsOf(switched)).toContain("Sign in to connect a device to your account.");
    expect(fieldOf(switched.elements, "user_code")).toBe(code);
  });

  it("reports a wrong code after the login as well", async () => {
    const visitor = visit(service);
    await visitor.open("/oauth/device?user_code=XXXX-XXXX");
    const fields = { user_code: "XXXX-XXXX", email: "otto@example.com", password: PASSWORD };
    const page = await visitor.follow(await visitor.send("/oauth/device", fields));
    expect(wordsOf(page)).toContain("This code is wrong or has expired.");
    expect((await visitor.open("/account")).status, "the login still succeeded").toBe(200);
    expect((await visitor.send("/oauth/device", { user_code: "" })).status).toBe(422);
  });

  it("returns 429 after 20 wrong codes of one account, and does not affect other accounts", async () => {
    const guesser = await newPerson(service, "guesser@example.com");
    const code = await ask();
    await guesser.open("/oauth/device");
    const statuses: number[] = [];
    for (let guesses = 0; guesses < 22; guesses += 1) {
      statuses.push((await guesser.send("/oauth/device", { user_code: "XXXX-XXXX" })).status);
    }
    expect(statuses.slice(0, 20).every((status) => status === 422)).toBe(true);
    expect(statuses.slice(20)).toEqual([429, 429]);
    const late = await guesser.send("/oauth/device", { user_code: code });
    expect(late.status).toBe(429);
    expect(Number(late.headers.get("Retry-After"))).toBeGreaterThan(0);
    const other = await logIn("otto@example.com");
    await other.open("/oauth/device");
    expect((await other.send("/oauth/device", { user_code: code })).status).toBe(303);
  });
});
