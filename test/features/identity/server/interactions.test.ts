/** The person's steps: each in the browser that began, by whoever signs in there. */

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import {
  abortInteraction,
  findInteraction,
  finishConsent,
  finishLogin,
} from "#features/identity/server/interactions.ts";
import { endSessionsOf } from "#features/identity/server/store.ts";
import {
  ADA,
  authorizationOf,
  Browser,
  claimsOf,
  codeIn,
  locationOf,
  present,
  redemption,
  refresh,
  STAFF,
  seed,
  signIn,
  startServer,
  type Tokens,
  uidIn,
  walk,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();
const authorizationUrl = (asking = {}) => `/oauth/authorize?${new URLSearchParams(authorizationOf(asking))}`;
const signedIn = () => ({ accountId: ADA, methods: ["pwd"], authenticatedAt: server.now() });

describe("an interaction", () => {
  it("shows what is asked, by whom, and of whom", async () => {
    const browser = new Browser(server);
    const asking = { scope: "openid orders:read admin", login_hint: "ada@example.test", max_age: "60" };
    const uid = present(uidIn(await browser.open(authorizationUrl(asking))));
    expect(await findInteraction(server.surroundings(), uid, browser.interactionCookie)).toEqual({
      uid,
      prompt: "login",
      client: { id: "app", name: "An app" },
      scopes: { asked: ["openid", "orders:read", "admin"], granted: [] },
      loginHint: "ada@example.test",
      isForced: false,
      maxAge: 60,
      accountId: undefined,
    });
    const next = await finishLogin(server.surroundings(), uid, browser.interactionCookie, signedIn());
    const consent = present(uidIn(await browser.open(present(next))));
    expect(await findInteraction(server.surroundings(), consent, browser.interactionCookie)).toMatchObject({
      prompt: "consent",
      accountId: ADA,
      scopes: { asked: ["openid", "orders:read", "admin"], granted: ["openid", "orders:read"] },
    });
  });

  it("says whether the person has to sign in again", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl({ prompt: "login" }))));
    const found = await findInteraction(server.surroundings(), uid, browser.interactionCookie);
    expect(found?.isForced).toBe(true);
  });

  it("belongs to the browser that has its cookie", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    for (const cookie of [undefined, "another"]) {
      expect(await findInteraction(server.surroundings(), uid, cookie)).toBeUndefined();
      expect(await finishLogin(server.surroundings(), uid, cookie, signedIn())).toBeUndefined();
      expect(await abortInteraction(server.surroundings(), uid, cookie)).toBeUndefined();
    }
    const next = present(await finishLogin(server.surroundings(), uid, uid, signedIn()));
    await expect(new Browser(server).open(next)).rejects.toMatchObject({ type: "malformed-request" });
  });

  it("is taken step by step: consent is given by whoever signed in", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    expect(await finishConsent(server.surroundings(), uid, uid, ADA)).toBeUndefined();
    const next = await browser.open(present(await finishLogin(server.surroundings(), uid, uid, signedIn())));
    const consent = present(uidIn(next));
    expect(await finishLogin(server.surroundings(), consent, consent, signedIn())).toBeUndefined();
    expect(await finishConsent(server.surroundings(), consent, consent, STAFF)).toBeUndefined();
    expect(await finishConsent(server.surroundings(), consent, consent, ADA)).toBeDefined();
  });

  it("goes on once where a form was sent twice", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const twice = [1, 2].map(() => finishLogin(server.surroundings(), uid, uid, signedIn()));
    const [one, other] = await Promise.all(twice);
    expect(one).toBeDefined();
    expect(other).toBe(one);
    expect(uidIn(await browser.open(present(one)))).toBeDefined();
    expect(await finishLogin(server.surroundings(), uid, uid, signedIn())).toBeUndefined();
  });

  it("ends with access_denied when the person refuses", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const next = present(await abortInteraction(server.surroundings(), uid, browser.interactionCookie));
    const back = locationOf(await browser.open(next));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: "access_denied", state: "a state" });
    expect(await findInteraction(server.surroundings(), uid, uid)).toBeUndefined();
  });

  it("expires after an hour", async () => {
    const own = startServer();
    const uid = present(uidIn(await new Browser(own).open(authorizationUrl())));
    own.advance(3_600_000);
    expect(await findInteraction(own.surroundings(), uid, uid)).toBeUndefined();
  });

  it("begins anew each time, for whoever signs in then", async () => {
    const browser = new Browser(server);
    for (const account of [ADA, STAFF]) {
      const back = await walk(server, browser, await browser.open(authorizationUrl()), account);
      const tokens = await (await server.post("/oauth/token", redemption(codeIn(back)))).json<Tokens>();
      expect(claimsOf(tokens.access_token)["sub"]).toBe(account);
    }
    expect([...browser.cookies.keys()].filter((name) => !/^sluice_interaction/.test(name))).toEqual([]);
  });

  it("has cookies that no script and no other site has, over TLS alone", async () => {
    const cookies = (await server.get("/oauth/authorize", authorizationOf())).headers.getSetCookie();
    expect(cookies).toHaveLength(4);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; path=\/oauth\/(interaction|authorize)\/[^;]+/);
    }
  });

  it("asks again for a sign-in when the account is gone meanwhile", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const login = { ...signedIn(), accountId: "user_01hzz0000000000000000000zz" };
    const next = await browser.open(present(await finishLogin(server.surroundings(), uid, uid, login)));
    const again = present(uidIn(next));
    expect((await findInteraction(server.surroundings(), again, again))?.prompt).toBe("login");
  });
});

describe("an account's sessions", () => {
  it("end with its password or itself", async () => {
    const { refresh_token } = await signIn(server, {}, STAFF);
    const others = await signIn(server);
    const { database } = server.surroundings();
    await housekeep(database, endSessionsOf(database, STAFF));
    expect((await refresh(server, refresh_token)).status).toBe(400);
    expect((await refresh(server, others.refresh_token)).status).toBe(200);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM oauth_artifacts WHERE account_id = ?")
      .bind(STAFF)
      .first("n");
    expect(left).toBe(0);
  });

  it("do not outlive a deleted account", async () => {
    const { refresh_token } = await signIn(server);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ADA).run();
    expect((await refresh(server, refresh_token)).status).toBe(400);
    await env.DB.prepare("UPDATE users SET deleted_at = NULL WHERE id = ?").bind(ADA).run();
  });
});
