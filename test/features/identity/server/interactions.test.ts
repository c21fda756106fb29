/** The steps of a person during an authorization: all in the browser that started it, and in one session. */

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import {
  abortInteraction,
  findInteraction,
  finishConsent,
  finishLogin,
  restartInteraction,
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
  REDIRECT,
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
const authorizationUrl = (overrides = {}) => `/oauth/authorize?${new URLSearchParams(authorizationOf(overrides))}`;

describe("an interaction", () => {
  it("shows the client, the requested scopes and the account", async () => {
    const browser = new Browser(server);
    const overrides = { scope: "openid comments:read admin", login_hint: "ada@example.test", max_age: "60" };
    const uid = present(uidIn(await browser.open(authorizationUrl(overrides))));
    expect(await findInteraction(server.context(), uid, await browser.hash())).toEqual({
      uid,
      prompt: "login",
      client: { id: "app", name: "An app" },
      redirectUri: REDIRECT,
      scopes: { asked: ["openid", "comments:read", "admin"], granted: [] },
      loginHint: "ada@example.test",
      isForced: false,
      maxAge: 60,
      accountId: undefined,
    });
    const signIn = await browser.signIn(ADA);
    const next = await finishLogin(server.context(), uid, await browser.hash(), signIn);
    const consent = present(uidIn(await browser.open(present(next))));
    expect(await findInteraction(server.context(), consent, await browser.hash())).toMatchObject({
      prompt: "consent",
      accountId: ADA,
      scopes: { asked: ["openid", "comments:read", "admin"], granted: ["openid", "comments:read"] },
    });
  });

  it("shows whether the person must log in again", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl({ prompt: "login" }))));
    const found = await findInteraction(server.context(), uid, await browser.hash());
    expect(found?.isForced).toBe(true);
  });

  it("belongs to the browser that started it", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const signIn = await browser.signIn(ADA);
    for (const hash of [undefined, uid, "another"]) {
      expect(await findInteraction(server.context(), uid, hash)).toBeUndefined();
      expect(await finishLogin(server.context(), uid, hash, signIn)).toBeUndefined();
      expect(await abortInteraction(server.context(), uid, hash)).toBeUndefined();
      expect(await restartInteraction(server.context(), uid, hash)).toBe(false);
    }
    const next = present(await finishLogin(server.context(), uid, await browser.hash(), signIn));
    const stranger = new Browser(server);
    await stranger.open(authorizationUrl());
    for (const other of [new Browser(server), stranger]) {
      await expect(other.open(next)).rejects.toMatchObject({ type: "malformed-request" });
    }
    expect(uidIn(await browser.open(next)), "attempts from other browsers change nothing").toBeDefined();
  });

  it("sends its code only to the person's browser, even if all cookies except the session were planted", async () => {
    const attacker = new Browser(server);
    const uid = present(uidIn(await attacker.open(authorizationUrl())));
    const victim = new Browser(server);
    for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
    const signIn = await victim.signIn(ADA);
    const next = present(await finishLogin(server.context(), uid, await victim.hash(), signIn));
    await expect(attacker.open(next)).rejects.toMatchObject({ type: "malformed-request" });
    await attacker.signIn(STAFF);
    await expect(attacker.open(next)).rejects.toMatchObject({ type: "malformed-request" });
    const consent = present(uidIn(await victim.open(next)));
    const back = present(await finishConsent(server.context(), consent, await victim.hash(), signIn));
    await expect(attacker.open(back)).rejects.toMatchObject({ type: "malformed-request" });
    expect(locationOf(await victim.open(back)).searchParams.get("code")).toBeTruthy();
  });

  it("continues independently in each of two tabs", async () => {
    const browser = new Browser(server);
    const signIn = await browser.signIn(ADA);
    const [one, other] = [
      present(uidIn(await browser.open(authorizationUrl({ state: "one" })))),
      present(uidIn(await browser.open(authorizationUrl({ state: "other" })))),
    ];
    for (const [uid, state] of [
      [one, "one"],
      [other, "other"],
    ] as const) {
      const hash = await browser.hash();
      const next = present(await finishLogin(server.context(), uid, hash, signIn));
      const consent = present(uidIn(await browser.open(next)));
      const back = present(await finishConsent(server.context(), consent, hash, signIn));
      expect(locationOf(await browser.open(back)).searchParams.get("state")).toBe(state);
    }
  });

  it("grants the scopes on the page, and none that the client gained since", async () => {
    const browser = new Browser(server);
    const overrides = { scope: "openid users:read comments:read comments:write" };
    const uid = present(uidIn(await browser.open(authorizationUrl(overrides))));
    const [hash, signIn] = [await browser.hash(), await browser.signIn(ADA)];
    const next = present(await finishLogin(server.context(), uid, hash, signIn));
    const consent = present(uidIn(await browser.open(next)));
    const agreed = { ...signIn, shown: ["openid", "comments:read"] };
    const back = await browser.open(present(await finishConsent(server.context(), consent, hash, agreed)));
    const tokens = await server.post("/oauth/token", redemption(codeIn(locationOf(back))));
    const { scope } = await tokens.json<{ readonly scope: string }>();
    expect(scope.split(" ").toSorted()).toEqual(["comments:read", "openid"]);
  });

  it("requires consent from the account that logged in", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const [hash, signIn] = [await browser.hash(), await browser.signIn(ADA)];
    expect(await finishConsent(server.context(), uid, hash, signIn)).toBeUndefined();
    const next = await browser.open(present(await finishLogin(server.context(), uid, hash, signIn)));
    const consent = present(uidIn(next));
    expect(await finishLogin(server.context(), consent, hash, signIn)).toBeUndefined();
    const other = { ...signIn, accountId: STAFF };
    expect(await finishConsent(server.context(), consent, hash, other)).toBeUndefined();
    expect(await finishConsent(server.context(), consent, hash, signIn)).toBeDefined();
  });

  it("restarts with the same request for another account", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl({ state: "kept" }))));
    const hash = await browser.hash();
    expect(await restartInteraction(server.context(), uid, hash), "there is nothing to restart yet").toBe(false);
    const first = await browser.signIn(ADA);
    const next = present(await finishLogin(server.context(), uid, hash, first));
    const consent = present(uidIn(await browser.open(next)));
    expect(await restartInteraction(server.context(), consent, hash)).toBe(true);
    expect(await finishConsent(server.context(), consent, hash, first)).toBeUndefined();
    const second = await browser.signIn(STAFF);
    const again = await browser.open(present(await finishLogin(server.context(), consent, hash, second)));
    const last = present(uidIn(again));
    expect(await finishConsent(server.context(), last, hash, first)).toBeUndefined();
    const back = locationOf(await browser.open(present(await finishConsent(server.context(), last, hash, second))));
    expect(back.searchParams.get("state")).toBe("kept");
    const tokens = await (await server.post("/oauth/token", redemption(codeIn(back)))).json<Tokens>();
    expect(claimsOf(tokens.access_token)["sub"]).toBe(STAFF);
  });

  it("continues once if a form is sent twice", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const [hash, signIn] = [await browser.hash(), await browser.signIn(ADA)];
    const twice = [1, 2].map(() => finishLogin(server.context(), uid, hash, signIn));
    const [one, other] = await Promise.all(twice);
    expect(one).toBeDefined();
    expect(other).toBe(one);
    expect(uidIn(await browser.open(present(one)))).toBeDefined();
    expect(await finishLogin(server.context(), uid, hash, signIn)).toBeUndefined();
  });

  it("ends with access_denied if the person refuses", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const next = present(await abortInteraction(server.context(), uid, await browser.hash()));
    const back = locationOf(await browser.open(next));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: "access_denied", state: "a state" });
    expect(await findInteraction(server.context(), uid, await browser.hash())).toBeUndefined();
  });

  it("expires after an hour", async () => {
    const own = startServer();
    const browser = new Browser(own);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    own.advance(3_599_999);
    expect(await findInteraction(own.context(), uid, await browser.hash())).toBeDefined();
    own.advance(1);
    expect(await findInteraction(own.context(), uid, await browser.hash())).toBeUndefined();
  });

  it("starts again for each request, for the account that logs in then", async () => {
    const browser = new Browser(server);
    for (const account of [ADA, STAFF]) {
      const back = await walk(server, browser, await browser.open(authorizationUrl()), account);
      const tokens = await (await server.post("/oauth/token", redemption(codeIn(back)))).json<Tokens>();
      expect(claimsOf(tokens.access_token)["sub"]).toBe(account);
    }
    expect([...browser.cookies.keys()]).toEqual(["__Host-sluice_browser", "__Host-sluice_sign_in"]);
  });

  it("needs one cookie, which is hidden from scripts and other hosts, and not sent by other sites", async () => {
    const browser = new Browser(server);
    const [cookie, ...more] = (await browser.open(authorizationUrl())).headers.getSetCookie();
    expect(more).toEqual([]);
    expect(cookie).toMatch(/^__Host-sluice_browser=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    const again = await browser.open(authorizationUrl());
    expect(again.headers.getSetCookie(), "the browser keeps its cookie").toEqual([]);
  });

  it("redirects a form from another site, so that the browser sends its cookie", async () => {
    const browser = new Browser(server);
    await browser.open(authorizationUrl());
    const foreign = { origin: "https://app.example.test" };
    const led = await server.post("/oauth/authorize", authorizationOf({ state: "posted" }), foreign);
    expect(led.status).toBe(303);
    expect(led.headers.getSetCookie()).toEqual([]);
    const uid = present(uidIn(await browser.open(locationOf(led).href)));
    expect(await findInteraction(server.context(), uid, await browser.hash())).toBeDefined();
    const own = await server.post("/oauth/authorize", authorizationOf(), { ...foreign, ...browser.headers() });
    expect(uidIn(own)).toBeDefined();
    const tooLong = server.post("/oauth/authorize", authorizationOf({ state: "x".repeat(9000) }), foreign);
    await expect(tooLong).rejects.toMatchObject({ type: "uri-too-long" });
  });

  it("requires a new log-in if the account was deleted meanwhile", async () => {
    const browser = new Browser(server);
    const uid = present(uidIn(await browser.open(authorizationUrl())));
    const login = await browser.signIn("user_01hzz0000000000000000000zz");
    const hash = await browser.hash();
    const next = await browser.open(present(await finishLogin(server.context(), uid, hash, login)));
    const again = present(uidIn(next));
    expect((await findInteraction(server.context(), again, hash))?.prompt).toBe("login");
  });
});

describe("the grants of an account", () => {
  it("end with its sessions, unlike those of other accounts", async () => {
    const { refresh_token } = await signIn(server, {}, STAFF);
    const others = await signIn(server);
    const { database } = server.context();
    await housekeep(database, endSessionsOf(database, STAFF));
    expect((await refresh(server, refresh_token)).status).toBe(400);
    expect((await refresh(server, others.refresh_token)).status).toBe(200);
    const left = await env.DB.prepare("SELECT count(*) AS n FROM oauth_artifacts WHERE account_id = ?")
      .bind(STAFF)
      .first("n");
    expect(left).toBe(0);
  });

  it("end with the account", async () => {
    const { refresh_token } = await signIn(server);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ADA).run();
    expect((await refresh(server, refresh_token)).status).toBe(400);
    await env.DB.prepare("UPDATE users SET deleted_at = NULL WHERE id = ?").bind(ADA).run();
  });
});
