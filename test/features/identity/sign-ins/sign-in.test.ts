import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import type { Account } from "#features/identity/accounts/account.ts";
import { createAccountStatements, hasPassword, setPassword } from "#features/identity/accounts/store.ts";
import { endSignIn, readSignIn, signInCookieName, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { dropExpiredSignIns, endSignInsOf } from "#features/identity/sign-ins/store.ts";
import { setScene } from "../../../support/request-context.ts";

const account: Account = {
  id: "user_01hzz0000000000000000000cc",
  email: "signed@example.com",
  name: "Signed",
  role: "staff",
  emailVerifiedAt: 1,
  credentialVersion: 1,
};
const who = { account, methods: ["swk", "mfa"] };
const DAY_MS = 86_400_000;

beforeAll(async () => {
  const { database, now } = setScene();
  const statements = createAccountStatements(database, { ...account, passwordHash: "a hash", now });
  await housekeep(database, statements);
});

describe("a session", () => {
  it("is found by its cookie, with its account and methods", async () => {
    const scene = setScene();
    const { cookie, signIn } = await startSignIn(scene, who);
    scene.take(cookie);
    expect(await readSignIn(scene)).toEqual(signIn);
    expect(signIn).toMatchObject({ account, methods: ["swk", "mfa"], authenticatedAt: scene.now });
  });

  it("has a cookie for this host only, hidden from scripts", async () => {
    const { cookie } = await startSignIn(setScene(), who);
    expect(cookie).toMatch(
      /^__Host-sluice_sign_in=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/,
    );
    const { cookie: local } = await startSignIn(setScene({ origin: "http://127.0.0.1:8787" }), who);
    expect(local).toMatch(/^sluice_sign_in=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
  });

  it("is stored by a hash, without the value of the cookie", async () => {
    const scene = setScene();
    const { cookie, signIn } = await startSignIn(scene, who);
    scene.take(cookie);
    const value = scene.cookie(signInCookieName(scene.origin));
    const { results } = await env.DB.prepare("SELECT * FROM sign_ins").all();
    expect(JSON.stringify(results)).toContain(signIn.idHash);
    expect(JSON.stringify(results)).not.toContain(value);
  });

  it("ends after seven days", async () => {
    const scene = setScene();
    scene.take((await startSignIn(scene, who)).cookie);
    scene.now += 7 * DAY_MS - 1;
    expect(await readSignIn(scene)).toBeDefined();
    scene.now += 1;
    expect(await readSignIn(scene)).toBeUndefined();
  });

  it("ends when the person logs out", async () => {
    const scene = setScene();
    scene.take((await startSignIn(scene, who)).cookie);
    const kept = new Map(scene.cookies);
    scene.take((await endSignIn(scene)).cookie);
    expect(scene.cookies.size).toBe(0);
    for (const [name, value] of kept) scene.cookies.set(name, value);
    expect(await readSignIn(scene)).toBeUndefined();
  });

  it("replaces the browser's former session, with a new value", async () => {
    const scene = setScene();
    scene.take((await startSignIn(scene, who)).cookie);
    const name = signInCookieName(scene.origin);
    const former = scene.cookie(name) ?? "";
    scene.take((await startSignIn(scene, who)).cookie);
    expect(scene.cookie(name)).not.toBe(former);
    scene.cookies.set(name, former);
    expect(await readSignIn(scene)).toBeUndefined();
  });

  it("ends with all other sessions of the account, except for one that is kept", async () => {
    const [one, other] = [setScene(), setScene()];
    const { cookie, signIn } = await startSignIn(one, who);
    one.take(cookie);
    other.take((await startSignIn(other, who)).cookie);
    await housekeep(one.database, [endSignInsOf(one.database, account.id, signIn.idHash)]);
    expect(await readSignIn(one)).toBeDefined();
    expect(await readSignIn(other)).toBeUndefined();
    await housekeep(one.database, [endSignInsOf(one.database, account.id)]);
    expect(await readSignIn(one)).toBeUndefined();
  });

  it("does not start if the password was changed after it was verified", async () => {
    const scene = setScene();
    const proved = { ...who, holding: [hasPassword(account.id, "a hash")] };
    await startSignIn(scene, proved);
    await housekeep(scene.database, [setPassword(scene.database, account.id, "another hash", scene.now)]);
    await expect(startSignIn(scene, proved)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it.each(["", "x", "a".repeat(44), "a".repeat(43), "../../../../../../../../../../../../../../etc"])(
    "is not found by the cookie value %o",
    async (value) => {
      const scene = setScene();
      scene.cookies.set(signInCookieName(scene.origin), value);
      expect(await readSignIn(scene)).toBeUndefined();
    },
  );

  it("costs no read without a cookie", async () => {
    const scene = setScene();
    expect(await readSignIn(scene)).toBeUndefined();
    expect(scene.database.usage.roundTrips).toBe(0);
  });

  it("is deleted after it expired, and not before", async () => {
    const scene = setScene();
    scene.take((await startSignIn(scene, who)).cookie);
    await dropExpiredSignIns(scene.database, scene.now + 7 * DAY_MS - 1);
    expect(await readSignIn(scene)).toBeDefined();
    await dropExpiredSignIns(scene.database, scene.now + 7 * DAY_MS);
    expect(await readSignIn(scene)).toBeUndefined();
  });

  it("ends with the account", async () => {
    const scene = setScene();
    scene.take((await startSignIn(scene, who)).cookie);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(account.id).run();
    expect(await readSignIn(scene)).toBeUndefined();
  });
});
