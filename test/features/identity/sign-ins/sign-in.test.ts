import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import type { Account } from "#features/identity/accounts/account.ts";
import { createAccountStatements, hasPassword, setPassword } from "#features/identity/accounts/store.ts";
import { endSignIn, readSignIn, signInCookieName, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { dropExpiredSignIns, endSignInsOf } from "#features/identity/sign-ins/store.ts";
import { createTestContext } from "../../../support/request-context.ts";

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
  const { database, now } = createTestContext();
  const statements = createAccountStatements(database, { ...account, passwordHash: "a hash", now });
  await housekeep(database, statements);
});

describe("a session", () => {
  it("is found by its cookie, with its account and methods", async () => {
    const context = createTestContext();
    const { cookie, signIn } = await startSignIn(context, who);
    context.take(cookie);
    expect(await readSignIn(context)).toEqual(signIn);
    expect(signIn).toMatchObject({ account, methods: ["swk", "mfa"], authenticatedAt: context.now });
  });

  it("has a cookie for this host only, hidden from scripts", async () => {
    const { cookie } = await startSignIn(createTestContext(), who);
    expect(cookie).toMatch(
      /^__Host-sluice_sign_in=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/,
    );
    const { cookie: local } = await startSignIn(createTestContext({ origin: "http://127.0.0.1:8787" }), who);
    expect(local).toMatch(/^sluice_sign_in=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
  });

  it("is stored by a hash, without the value of the cookie", async () => {
    const context = createTestContext();
    const { cookie, signIn } = await startSignIn(context, who);
    context.take(cookie);
    const value = context.cookie(signInCookieName(context.origin));
    const { results } = await env.DB.prepare("SELECT * FROM sign_ins").all();
    expect(JSON.stringify(results)).toContain(signIn.idHash);
    expect(JSON.stringify(results)).not.toContain(value);
  });

  it("ends after seven days", async () => {
    const context = createTestContext();
    context.take((await startSignIn(context, who)).cookie);
    context.now += 7 * DAY_MS - 1;
    expect(await readSignIn(context)).toBeDefined();
    context.now += 1;
    expect(await readSignIn(context)).toBeUndefined();
  });

  it("ends when the person logs out", async () => {
    const context = createTestContext();
    context.take((await startSignIn(context, who)).cookie);
    const kept = new Map(context.cookies);
    context.take((await endSignIn(context)).cookie);
    expect(context.cookies.size).toBe(0);
    for (const [name, value] of kept) context.cookies.set(name, value);
    expect(await readSignIn(context)).toBeUndefined();
  });

  it("replaces the browser's former session, with a new value", async () => {
    const context = createTestContext();
    context.take((await startSignIn(context, who)).cookie);
    const name = signInCookieName(context.origin);
    const former = context.cookie(name) ?? "";
    context.take((await startSignIn(context, who)).cookie);
    expect(context.cookie(name)).not.toBe(former);
    context.cookies.set(name, former);
    expect(await readSignIn(context)).toBeUndefined();
  });

  it("ends with all other sessions of the account, except for one that is kept", async () => {
    const [one, other] = [createTestContext(), createTestContext()];
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
    const context = createTestContext();
    const proved = { ...who, holding: [hasPassword(account.id, "a hash")] };
    await startSignIn(context, proved);
    await housekeep(context.database, [setPassword(context.database, account.id, "another hash", context.now)]);
    await expect(startSignIn(context, proved)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it.each(["", "x", "a".repeat(44), "a".repeat(43), "../../../../../../../../../../../../../../etc"])(
    "is not found by the cookie value %o",
    async (value) => {
      const context = createTestContext();
      context.cookies.set(signInCookieName(context.origin), value);
      expect(await readSignIn(context)).toBeUndefined();
    },
  );

  it("costs no read without a cookie", async () => {
    const context = createTestContext();
    expect(await readSignIn(context)).toBeUndefined();
    expect(context.database.usage.roundTrips).toBe(0);
  });

  it("is deleted after it expired, and not before", async () => {
    const context = createTestContext();
    context.take((await startSignIn(context, who)).cookie);
    await dropExpiredSignIns(context.database, context.now + 7 * DAY_MS - 1);
    expect(await readSignIn(context)).toBeDefined();
    await dropExpiredSignIns(context.database, context.now + 7 * DAY_MS);
    expect(await readSignIn(context)).toBeUndefined();
  });

  it("ends with the account", async () => {
    const context = createTestContext();
    context.take((await startSignIn(context, who)).cookie);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(account.id).run();
    expect(await readSignIn(context)).toBeUndefined();
  });
});
