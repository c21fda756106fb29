/** Logout by the user, and RP-initiated logout by a client (OpenID Connect RP-Initiated Logout 1.0). */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { ORIGIN, startService } from "../../support/service.ts";
import { fieldOf, newPerson, PASSWORD, type Shown, type Visitor, visit, wordsOf } from "./visitor.ts";

/** The authorization server's library reads the machine's clock, so this service uses the same clock. */
const service = startService({ dependencies: { now: () => Date.now() } });
const BYE = "https://notes.example/bye?from=store";
const REDIRECT = "https://notes.example/callback";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

beforeAll(async () => {
  const insert = env.DB.prepare(
    `INSERT INTO oauth_clients (id, client_id, name, type, redirect_uris, post_logout_redirect_uris, grant_types, scopes, created_at, updated_at)
     VALUES (?, ?, ?, 'public', ?, ?, '["authorization_code","refresh_token"]', '["openid","offline_access","users:read"]', 1, 1)`,
  );
  const own = JSON.stringify([BYE, "com.example.notes:/bye"]);
  await env.DB.batch([
    insert.bind("client_01hk153x00f11trzsef1g2m40f", "notes", "Notes", JSON.stringify([REDIRECT]), own),
    insert.bind(
      "client_01hk153x00f11trzsef1g2m40g",
      "other",
      "Other",
      JSON.stringify([REDIRECT]),
      '["https://other.example/"]',
    ),
  ]);
  await newPerson(service, "grace@example.com");
}, 60_000);

async function logIn(): Promise<Visitor> {
  const visitor = visit(service);
  await visitor.open("/login");
  expect((await visitor.send("/login", { email: "grace@example.com", password: PASSWORD })).location).toBe("/account");
  return visitor;
}

const localPath = (location: string | null) => (location ?? "").replace(ORIGIN, "");

/** Opens the logout endpoint and follows its redirect to the page. */
async function ask(visitor: Visitor, parameters: Readonly<Record<string, string>>): Promise<Shown> {
  const led = await visitor.open(`/oauth/logout?${new URLSearchParams(parameters)}`);
  return led.status === 303 ? visitor.open(localPath(led.location)) : led;
}

async function isLoggedIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.open("/account")).status === 200;
}

interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
}

async function tokensOf(visitor: Visitor): Promise<Tokens> {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "notes",
    redirect_uri: REDIRECT,
    scope: "openid offline_access users:read",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  });
  let shown = await visitor.open(`/oauth/authorize?${query}`);
  while (shown.status === 303) shown = await visitor.open(localPath(shown.location));
  const action = shown.elements.find(({ name }) => name === "form")?.attributes.get("action") ?? "";
  const allowed = await visitor.send(action, { decision: "allow" });
  const back = await visitor.open(localPath(allowed.location));
  const code = new URL(back.location ?? "").searchParams.get("code") ?? "";
  const form = {
    grant_type: "authorization_code",
    client_id: "notes",
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
  };
  const answer = await service.fetch("/oauth/token", { method: "POST", body: new URLSearchParams(form) });
  return answer.json<Tokens>();
}

describe("POST /logout", () => {
  it("logs this browser out", async () => {
    const visitor = visit(service);
    await visitor.open("/login");
    await visitor.send("/login", { email: "grace@example.com", password: PASSWORD });
    await visitor.open("/account");
    const out = await visitor.send("/logout", {});
    expect(wordsOf(await visitor.follow(out))).toContain("You are signed out.");
    expect((await visitor.open("/account")).location).toBe("/login");
  });

  it("ends the sign-in on the server, not only the cookie", async () => {
    const visitor = visit(service);
    await visitor.open("/login");
    await visitor.send("/login", { email: "grace@example.com", password: PASSWORD });
    const kept = new Map(visitor.cookies);
    await visitor.open("/account");
    await visitor.send("/logout", {});
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    expect((await visitor.open("/account")).location).toBe("/login");
  });
});

describe("GET /logout", () => {
  it("asks a signed-in visitor to confirm, and does not log out by itself", async () => {
    const visitor = await logIn();
    const page = await visitor.open("/logout");
    expect(page.status).toBe(200);
    expect(wordsOf(page)).toContain("You are signed in as grace@example.com");
    expect(page.headers.get("Content-Security-Policy")).toContain("form-action 'self'");
    expect(await isLoggedIn(visitor)).toBe(true);
  });

  it("shows that this browser is not signed in", async () => {
    expect(wordsOf(await visit(service).open("/logout"))).toContain("This browser is not signed in.");
  });
});

describe("an RP-initiated logout", () => {
  it("asks for confirmation, ends the sign-in, and redirects to the client with state", async () => {
    const visitor = await logIn();
    const { id_token, refresh_token } = await tokensOf(visitor);
    const page = await ask(visitor, { id_token_hint: id_token, post_logout_redirect_uri: BYE, state: "a b&c" });
    expect(wordsOf(page)).toContain("Notes asks you to sign out.");
    expect(await isLoggedIn(visitor), "the user is still signed in before the confirmation").toBe(true);
    await visitor.open(
      `/logout?client_id=notes&${new URLSearchParams({ post_logout_redirect_uri: BYE, state: "a b&c" })}`,
    );
    const out = await visitor.send("/logout", {});
    expect(out.status).toBe(303);
    const back = new URL(out.location ?? "");
    expect(Object.fromEntries(back.searchParams)).toEqual({ from: "store", state: "a b&c" });
    expect(back.origin + back.pathname).toBe("https://notes.example/bye");
    expect(await isLoggedIn(visitor)).toBe(false);
    const form = { grant_type: "refresh_token", client_id: "notes", refresh_token };
    const next = await service.fetch("/oauth/token", { method: "POST", body: new URLSearchParams(form) });
    expect(next.status, "the app's grant remains valid").toBe(200);
  });

  it("accepts POST, also from another site", async () => {
    const visitor = await logIn();
    const form = { client_id: "notes", post_logout_redirect_uri: BYE, state: "s" };
    const led = await service.fetch("/oauth/logout", {
      method: "POST",
      headers: { Origin: "https://notes.example", "Sec-Fetch-Site": "cross-site" },
      body: new URLSearchParams(form),
    });
    expect(led.status).toBe(303);
    expect(wordsOf(await visitor.open(localPath(led.headers.get("Location"))))).toContain(
      "Notes asks you to sign out.",
    );
    expect((await visitor.send("/logout", {})).location).toBe(`${BYE}&state=s`);
    expect(await isLoggedIn(visitor)).toBe(false);
  });

  it("does not need a redirect URI", async () => {
    const visitor = await logIn();
    expect(wordsOf(await ask(visitor, { client_id: "notes", state: "s" }))).toContain("Notes asks you to sign out.");
    expect((await visitor.send("/logout", {})).location).toBe("/login?notice=signed-out");
    expect(await isLoggedIn(visitor)).toBe(false);
    expect(wordsOf(await ask(await logIn(), {}))).toContain("You are signed in as grace@example.com");
  });

  it("redirects at once if the browser is not signed in", async () => {
    const asked = await ask(visit(service), { client_id: "notes", post_logout_redirect_uri: "com.example.notes:/bye" });
    expect(asked.status).toBe(303);
    expect(asked.location).toBe("com.example.notes:/bye");
  });

  it("accepts an expired ID token", async () => {
    const { id_token } = await tokensOf(await logIn());
    const later = startService({ dependencies: { now: () => Date.now() + 24 * 60 * 60_000 } });
    const led = await later.fetch(`/oauth/logout?${new URLSearchParams({ id_token_hint: id_token })}`);
    expect(led.status).toBe(303);
    expect(led.headers.get("Location")).toBe(`${ORIGIN}/logout?client_id=notes`);
  });

  it.each([
    [
      "with a redirect URI that is not registered",
      { client_id: "notes", post_logout_redirect_uri: "https://evil.example/" },
    ],
    [
      "with a registered redirect URI and an extra parameter",
      { client_id: "notes", post_logout_redirect_uri: `${BYE}&x=1` },
    ],
    [
      "with a registered redirect URI without its query",
      { client_id: "notes", post_logout_redirect_uri: "https://notes.example/bye" },
    ],
    [
      "with a redirect URI registered for authorization only",
      { client_id: "notes", post_logout_redirect_uri: REDIRECT },
    ],
    [
      "with a redirect URI of another client",
      { client_id: "notes", post_logout_redirect_uri: "https://other.example/" },
    ],
    ["with a redirect URI but without a client", { post_logout_redirect_uri: BYE }],
    ["by an unknown client", { client_id: "nobody" }],
    ["with a hint that is not a token", { id_token_hint: "nonsense" }],
    ["with a hint that is too long", { id_token_hint: "a".repeat(4097) }],
  ])("returns 400 and does not redirect: %s", async (_, parameters) => {
    const visitor = await logIn();
    const refused = await ask(visitor, parameters as Record<string, string>);
    expect(refused.status).toBe(400);
    expect(refused.location).toBeNull();
    expect(wordsOf(refused)).toContain("Sign out here");
    expect(refused.text).not.toContain("evil.example");
    expect(await isLoggedIn(visitor)).toBe(true);
  });

  it("returns 400 for a forged hint, an access token, or a hint of another client", async () => {
    const visitor = await logIn();
    const { id_token, access_token } = await tokensOf(visitor);
    const [header, payload] = id_token.split(".");
    const forged = `${header}.${payload}.${"A".repeat(86)}`;
    for (const parameters of [
      { id_token_hint: forged },
      { id_token_hint: access_token },
      { id_token_hint: id_token, client_id: "other" },
    ] as Record<string, string>[]) {
      expect((await ask(visitor, parameters)).status).toBe(400);
    }
    const twice = await visitor.open("/oauth/logout?client_id=notes&client_id=notes");
    expect(twice.status).toBe(400);
    const json = await service.fetch("/oauth/logout", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/html" },
      body: "{}",
    });
    expect(json.status).toBe(400);
  });

  it("returns 400 for a `state` that is too long for a redirect, and the form ignores it", async () => {
    // 1,024 characters, each of which is nine in a URL.
    const form = { client_id: "notes", post_logout_redirect_uri: BYE, state: "\u5b57".repeat(1024) };
    const led = await service.fetch("/oauth/logout", { method: "POST", body: new URLSearchParams(form) });
    expect(led.status).toBe(400);
    const visitor = await logIn();
    await visitor.open("/logout");
    expect((await visitor.send("/logout", form)).location).toBe("/login?notice=signed-out");
    const longest = { ...form, state: "&".repeat(1024) };
    const page = await ask(visit(service), longest);
    expect(page.location).toBe(`${BYE}&${new URLSearchParams({ state: longest.state })}`);
  });

  it("validates the redirect URI on the page as well", async () => {
    const visitor = await logIn();
    const evil = "https://evil.example/";
    await visitor.open(`/logout?${new URLSearchParams({ client_id: "notes", post_logout_redirect_uri: evil })}`);
    const fields = { client_id: "notes", post_logout_redirect_uri: evil, state: "s" };
    expect((await visitor.send("/logout", fields)).location).toBe("/login?notice=signed-out");
    const stranger = await visit(service).open(`/logout?${new URLSearchParams(fields)}`);
    expect(stranger.location).toBeNull();
  });

  it("returns 403 for a form sent from another site or without a token", async () => {
    const visitor = await logIn();
    await visitor.open("/logout?client_id=notes");
    const sent = await visitor.send("/logout", {}, { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" });
    expect(sent.status).toBe(403);
    const bare = await visitor.send("/logout", { csrf: "" });
    expect(bare.status).toBe(403);
    expect(fieldOf(bare.elements, "csrf")).toBeTruthy();
    expect(await isLoggedIn(visitor)).toBe(true);
  });
});
