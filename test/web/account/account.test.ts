/** The account pages: what they show, and what they require before they change credentials. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { callerOf, newAccount, newClient, newGrantOf, statusWith } from "../../support/credentials.ts";
import { ORIGIN, startService } from "../../support/service.ts";
import { newPerson, PASSWORD, visit, wordsOf } from "./visitor.ts";

const service = startService();
const MINUTE_MS = 60_000;

async function logIn(email: string, password = PASSWORD) {
  const visitor = visit(service);
  await visitor.open("/login");
  expect((await visitor.send("/login", { email, password })).location).toBe("/account");
  return visitor;
}

describe("/account", () => {
  it("shows the account, and redirects visitors who are not signed in to /login", async () => {
    const visitor = await newPerson(service, "own@example.com");
    const page = wordsOf(await visitor.open("/account"));
    for (const words of ["Grace Hopper", "own@example.com", "customer", "Signed in here with your password"]) {
      expect(page).toContain(words);
    }
    for (const path of ["/account", "/account/password"]) {
      expect((await visit(service).open(path)).location).toBe("/login");
    }
    expect((await visit(service).send("/account/password", {})).status).toBe(422);
  });

  it("signs out all browsers", async () => {
    const one = await newPerson(service, "many@example.com");
    const other = await logIn("many@example.com");
    await one.open("/account");
    const out = await one.send("/account/sign-out-everywhere", {});
    expect(out.location).toBe("/login?notice=signed-out");
    for (const visitor of [one, other]) expect((await visitor.open("/account")).location).toBe("/login");
  });

  it("offers to add a passkey only after a recent sign-in", async () => {
    const late = startService();
    const visitor = await newPerson(late, "late@example.com");
    const early = await visitor.open("/account");
    expect(early.elements.some(({ attributes }) => attributes.get("id") === "passkey-add")).toBe(true);
    late.advance(16 * MINUTE_MS);
    const page = await visitor.open("/account");
    expect(page.elements.some(({ attributes }) => attributes.get("id") === "passkey-add")).toBe(false);
    expect(wordsOf(page)).toContain("To add a passkey, sign in again");
  });

  it("reports a passkey that no longer exists", async () => {
    const visitor = await newPerson(service, "keyless@example.com");
    await visitor.open("/account");
    const refused = await visitor.send("/account/passkeys/remove", { id: "unknown" });
    expect(refused.status).toBe(422);
    expect(wordsOf(refused)).toContain("This passkey no longer exists.");
  });
});

describe("/account, apps and API keys", () => {
  const idOf = async (email: string) =>
    (await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")) ?? "";

  async function connected(email: string) {
    const visitor = await newPerson(service, email);
    const account = { ...(await newAccount()), id: await idOf(email) };
    const grant = await newGrantOf(account);
    await env.DB.prepare("UPDATE oauth_artifacts SET payload = ? WHERE grant_id = ?")
      .bind(JSON.stringify({ resources: { [ORIGIN]: "comments:read comments:write" } }), grant)
      .run();
    const caller = await callerOf(service, account, { grant });
    const made = await caller("POST", "/v1/api-keys", { name: "Nightly <import>", scopes: ["users:read"] });
    return { visitor, account, caller, key: await made.json<{ id: string; secret: string }>() };
  }

  it("shows that there are no apps and no API keys", async () => {
    const visitor = await newPerson(service, "unconnected@example.com");
    const page = wordsOf(await visitor.open("/account"));
    expect(page).toContain("No app has access to your account.");
    expect(page).toContain("You have no API keys.");
  });

  it("lists apps and API keys, and revokes a key at once", async () => {
    const { visitor, caller, key } = await connected("key-list@example.com");
    const page = await visitor.open("/account");
    for (const words of [
      "An app",
      "Write comments for you.",
      "Nightly &lt;import&gt;",
      "through An app",
      "does not expire",
    ])
      expect(wordsOf(page)).toContain(words);
    expect(page.text).not.toContain(key.secret);
    const revoked = await visitor.send("/account/api-keys/revoke", { id: key.id });
    expect(revoked.location).toBe("/account?notice=api-key-revoked");
    expect(await statusWith(service, key.secret)).toBe(401);
    expect((await caller("GET", "/v1/users/me")).status).toBe(200);
    const shown = wordsOf(await visitor.follow(revoked));
    expect(shown).toContain("The API key was revoked.");
    expect(shown).not.toContain("Nightly");
    const again = await visitor.send("/account/api-keys/revoke", { id: key.id });
    expect(again.status).toBe(422);
    expect(wordsOf(again)).toContain("This API key no longer exists.");
  });

  it("removes an app with its tokens and API keys, and keeps other apps", async () => {
    const { visitor, account, caller, key } = await connected("apps@example.com");
    const other = await newClient();
    const elsewhere = await callerOf(service, account, { clientId: other, grant: await newGrantOf(account, other) });
    const removed = await visitor.send("/account/apps/remove", { client_id: account.clientId ?? "" });
    expect(removed.location).toBe("/account?notice=app-removed");
    expect((await caller("GET", "/v1/users/me")).status).toBe(401);
    expect(await statusWith(service, key.secret)).toBe(401);
    expect((await elsewhere("GET", "/v1/users/me")).status).toBe(200);
    const page = await visitor.follow(removed);
    expect(page.elements.filter(({ attributes }) => attributes.get("action") === "/account/apps/remove")).toHaveLength(
      1,
    );
    const again = await visitor.send("/account/apps/remove", { client_id: account.clientId ?? "" });
    expect(again.status).toBe(422);
    expect(wordsOf(again)).toContain("This app no longer has access.");
  });

  it("does not revoke anything of another account, or for a visitor who is not signed in", async () => {
    const { account, caller, key } = await connected("mine@example.com");
    const stranger = await newPerson(service, "stranger@example.com");
    await stranger.open("/account");
    expect((await stranger.send("/account/api-keys/revoke", { id: key.id })).status).toBe(422);
    expect((await stranger.send("/account/apps/remove", { client_id: account.clientId ?? "" })).status).toBe(422);
    const anonymous = visit(service);
    await anonymous.open("/login");
    expect((await anonymous.send("/account/api-keys/revoke", { id: key.id })).location).toBe("/login");
    expect(await statusWith(service, key.secret)).toBe(200);
    expect((await caller("GET", "/v1/users/me")).status).toBe(200);
  });
});

describe("/account/password", () => {
  it("requires the current password, and ends all other sign-ins", async () => {
    const visitor = await newPerson(service, "change@example.com");
    const other = await logIn("change@example.com");
    await visitor.open("/account/password");
    const wrong = await visitor.send("/account/password", { current: "not it", password: "a better choice of words" });
    expect(wrong.status).toBe(422);
    expect(wordsOf(wrong)).toContain("The current password is incorrect.");
    const weak = await visitor.send("/account/password", { current: PASSWORD, password: "short" });
    expect(wordsOf(weak)).toContain("The password must have at least 8 characters.");
    const done = await visitor.send("/account/password", { current: PASSWORD, password: "a better choice of words" });
    expect(wordsOf(await visitor.follow(done))).toContain("Your password was changed.");
    expect((await other.open("/account")).location).toBe("/login");
    await logIn("change@example.com", "a better choice of words");
  });

  it("J10 requires the challenge after repeated failures", async () => {
    const visitor = await newPerson(service, "guess@example.com");
    await visitor.open("/account/password");
    const sent = { current: "not it", password: "a better choice of words" };
    for (let failures = 0; failures < 5; failures += 1) {
      expect((await visitor.send("/account/password", sent)).status).toBe(422);
    }
    const challenged = await visitor.send("/account/password", { ...sent, current: PASSWORD });
    expect(challenged.status).toBe(403);
    expect(challenged.text).toContain('<a href="/problems/challenge-required">challenge-required</a>');
  });
});

describe("JSON requests of the pages' scripts", () => {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" };

  async function post(path: string, cookies: ReadonlyMap<string, string>, body: unknown): Promise<Response> {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    return service.fetch(path, { method: "POST", headers: { ...headers, Cookie: cookie }, body: JSON.stringify(body) });
  }

  it("returns passkey options only to a signed-in visitor", async () => {
    const visitor = await newPerson(service, "keys@example.com");
    const page = await visitor.open("/account");
    const csrf = page.elements.flatMap(({ attributes }) => attributes.get("data-csrf") ?? [])[0];
    const given = await post("/account/passkeys/options", visitor.cookies, { csrf });
    expect(given.status).toBe(200);
    expect(given.headers.get("Cache-Control")).toBe("no-store");
    expect(await given.json()).toMatchObject({ rp: { id: "api.example.test" }, user: { name: "keys@example.com" } });
    const stranger = visit(service);
    const logInPage = await stranger.open("/login");
    const own = logInPage.elements.flatMap(({ attributes }) => attributes.get("data-csrf") ?? [])[0];
    const refused = await post("/account/passkeys/options", stranger.cookies, { csrf: own });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
    const options = await post("/login/passkey/options", stranger.cookies, { csrf: own });
    expect(await options.json()).toMatchObject({ rpId: "api.example.test", userVerification: "required" });
    const wrong = await post("/login/passkey", stranger.cookies, { csrf: own, credential: "{}" });
    expect(wrong.status).toBe(422);
  });

  it.each(["\u200b", "My \u202eenohp", "\u2066phone", "\ue000"])(
    "returns 422 for the passkey name %o",
    async (name) => {
      const visitor = await newPerson(service, `${crypto.randomUUID()}@example.com`);
      const page = await visitor.open("/account");
      const csrf = page.elements.flatMap(({ attributes }) => attributes.get("data-csrf") ?? [])[0];
      const refused = await post("/account/passkeys", visitor.cookies, { csrf, credential: "{}", name });
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({ errors: [{ pointer: "#/name" }] });
    },
  );
});
