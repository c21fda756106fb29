import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { changePassword } from "#features/identity/accounts/change-password.ts";
import { logIn } from "#features/identity/accounts/log-in.ts";
import { requestReset, resetPassword } from "#features/identity/accounts/reset.ts";
import { verifyEmail } from "#features/identity/accounts/verify-email.ts";
import { readLink } from "#features/identity/mail/links.ts";
import { dropExpiredLinks } from "#features/identity/mail/store.ts";
import { readSignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";
import { countRows, createPerson, mailsTo, PASSWORD } from "./people.ts";

let addresses = 0;
const contextWithOwnAddress = () => createTestContext({ address: `198.51.100.${++addresses}` });
const NEW = "a-new-long-password";

async function tokenFor(context: TestContext, email: string): Promise<string> {
  await requestReset({ email }, context);
  const [mail] = await mailsTo(context, email);
  if (mail?.token === undefined) throw new Error("no link was mailed");
  return mail.token;
}

async function grantTo(accountId: string): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO oauth_artifacts (model, id_hash, payload, account_id, expires_at) VALUES ('RefreshToken', ?, '{}', ?, 1)",
  )
    .bind(`hash of ${accountId}`, accountId)
    .run();
}

describe("requestReset", () => {
  it("mails a link to the owner only, with the same result for every address", async () => {
    const context = contextWithOwnAddress();
    await createPerson(context, "known@example.com");
    const before = context.database.usage.roundTrips;
    for (const email of ["known@example.com", "unknown@example.com", "no address"]) {
      expect(await requestReset({ email }, context)).toEqual({ outcome: "mailed" });
    }
    await context.settle();
    expect(await mailsTo(context, "known@example.com")).toHaveLength(1);
    expect(await countRows("mailbox WHERE recipient <> 'known@example.com'")).toBe(0);
    expect(context.database.usage.roundTrips).toBeGreaterThan(before);
  });

  it("returns before any database access", async () => {
    const context = contextWithOwnAddress();
    await createPerson(context, "deferred@example.com");
    const deferred: Promise<unknown>[] = [];
    context.defer = (work) => void deferred.push(work);
    await requestReset({ email: "deferred@example.com" }, context);
    expect(deferred).toHaveLength(1);
    await Promise.all(deferred);
    expect(await mailsTo(context, "deferred@example.com")).toHaveLength(1);
  });

  it("sends at most five mails an hour, for known and unknown accounts", async () => {
    for (const email of ["unknown-flood@example.com", "known-flood@example.com"]) {
      if (email.startsWith("known")) await createPerson(createTestContext(), email);
      for (let call = 0; call < 5; call += 1) await requestReset({ email }, contextWithOwnAddress());
      expect(await requestReset({ email }, contextWithOwnAddress())).toEqual({ outcome: "wait", seconds: 3600 });
    }
  });
});

describe("resetPassword", () => {
  it("sets the password, ends the sessions and grants of the old one, and notifies the owner", async () => {
    const context = contextWithOwnAddress();
    const account = await createPerson(context, "forgetful@example.com", { emailVerifiedAt: undefined });
    context.take((await startSignIn(context, { account, methods: ["pwd"] })).cookie);
    await grantTo(account.id);
    const token = await tokenFor(context, account.email);
    expect(await resetPassword({ token, password: NEW }, context)).toMatchObject({
      outcome: "done",
      account: { id: account.id, emailVerifiedAt: context.now },
    });
    expect((await mailsTo(context, account.email))[0]?.subject).toBe("Your password was changed");
    expect(await readSignIn(context)).toBeUndefined();
    expect(await countRows("oauth_artifacts WHERE account_id = ?", account.id)).toBe(0);
    expect(await countRows("revocations WHERE kind = 'account' AND id = ?", account.id)).toBe(1);
    expect(await logIn({ email: account.email, password: PASSWORD }, context)).toEqual({ outcome: "wrong" });
    expect((await logIn({ email: account.email, password: NEW }, context)).outcome).toBe("in");
  });

  it("lifts the block caused by guesses at the old password", async () => {
    const context = contextWithOwnAddress();
    const { email } = await createPerson(context, "attacked@example.com");
    for (let call = 0; call < 6; call += 1) await logIn({ email, password: "wrong" }, context);
    await resetPassword({ token: await tokenFor(context, email), password: NEW }, context);
    await context.settle();
    expect((await logIn({ email, password: NEW }, context)).outcome).toBe("in");
  });

  it("accepts a token once, also in parallel", async () => {
    const context = contextWithOwnAddress();
    const { email } = await createPerson(context, "once@example.com");
    const token = await tokenFor(context, email);
    const passwords = ["first-of-three", "second-of-three", "third-of-three"];
    const results = await Promise.allSettled(passwords.map((password) => resetPassword({ token, password }, context)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(resetPassword({ token, password: NEW }, context)).rejects.toMatchObject({ type: "not-found" });
  });

  it("rejects a token that expired, has another purpose, was replaced by a newer mail, or belongs to a former email", async () => {
    const context = contextWithOwnAddress();
    const { id, email } = await createPerson(context, "dead@example.com");
    const older = await tokenFor(context, email);
    context.now += 1;
    const token = await tokenFor(context, email);
    const isDead = async (dead: string) =>
      expect(resetPassword({ token: dead, password: NEW }, context)).rejects.toMatchObject({ type: "not-found" });
    await isDead(older);
    await isDead("x".repeat(43));
    await isDead("");
    await expect(verifyEmail({ token, password: PASSWORD }, context)).rejects.toMatchObject({ type: "not-found" });
    context.now += 30 * 60_000;
    await isDead(token);
    context.now -= 1;
    await env.DB.prepare("UPDATE users SET email = 'moved@example.com' WHERE id = ?").bind(id).run();
    await isDead(token);
    await env.DB.prepare("UPDATE users SET email = ? WHERE id = ?").bind(email, id).run();
    expect((await resetPassword({ token, password: NEW }, context)).outcome).toBe("done");
  });

  it("keeps the token valid after it is read, or after a weak password", async () => {
    const context = contextWithOwnAddress();
    const { id, email } = await createPerson(context, "looking@example.com");
    const token = await tokenFor(context, email);
    expect(await readLink(token, "reset-password", context)).toMatchObject({ userId: id, email });
    expect(await readLink(token, "verify-email", context)).toBeUndefined();
    expect(await resetPassword({ token, password: "looking@example.com" }, context)).toMatchObject({
      outcome: "weak",
      fault: { code: "same-as-email" },
    });
    expect((await resetPassword({ token, password: NEW }, context)).outcome).toBe("done");
  });

  it("stores only the hash of a token, and deletes it after it expires", async () => {
    const context = contextWithOwnAddress();
    const { email } = await createPerson(context, "hashed@example.com");
    const token = await tokenFor(context, email);
    expect(await countRows("mail_tokens WHERE token_hash = ?", token)).toBe(0);
    expect(await countRows("mail_tokens WHERE email = ?", email)).toBe(1);
    await dropExpiredLinks(context.database, context.now + 30 * 60_000);
    expect(await countRows("mail_tokens WHERE email = ?", email)).toBe(0);
  });
});

describe("changePassword", () => {
  it("sets the password and ends all other sessions", async () => {
    const [here, elsewhere] = [contextWithOwnAddress(), contextWithOwnAddress()];
    const account = await createPerson(here, "changing@example.com");
    const { cookie, signIn } = await startSignIn(here, { account, methods: ["pwd"] });
    here.take(cookie);
    elsewhere.take((await startSignIn(elsewhere, { account, methods: ["pwd"] })).cookie);
    await grantTo(account.id);
    const token = await tokenFor(here, account.email);
    const change = { account, current: PASSWORD, password: NEW, keep: signIn };
    expect(await changePassword(change, here)).toEqual({ outcome: "done" });
    expect((await mailsTo(here, account.email))[0]?.subject).toBe("Your password was changed");
    expect(await readSignIn(here)).toBeDefined();
    expect(await readSignIn(elsewhere)).toBeUndefined();
    expect(await countRows("oauth_artifacts WHERE account_id = ?", account.id)).toBe(0);
    expect(await countRows("revocations WHERE kind = 'account' AND id = ?", account.id)).toBe(1);
    expect(await readLink(token, "reset-password", here)).toBeUndefined();
    expect((await logIn({ email: account.email, password: NEW }, here)).outcome).toBe("in");
  });

  it("requires the old password, under the limits of log-ins", async () => {
    const context = contextWithOwnAddress();
    const account = await createPerson(context, "guessing@example.com");
    const guess = { account, current: "wrong", password: NEW };
    for (let call = 0; call < 5; call += 1) expect(await changePassword(guess, context)).toEqual({ outcome: "wrong" });
    expect(await changePassword({ ...guess, current: PASSWORD }, context)).toMatchObject({
      outcome: "challenge",
    });
    expect(await mailsTo(context, account.email)).toEqual([]);
  });

  it("lets exactly one of two parallel changes succeed", async () => {
    const context = contextWithOwnAddress();
    const account = await createPerson(context, "racing@example.com");
    const results = await Promise.allSettled(
      [NEW, `${NEW}er`].map((password) => changePassword({ account, current: PASSWORD, password }, context)),
    );
    const done = results.filter((result) => result.status === "fulfilled" && result.value.outcome === "done");
    expect(done).toHaveLength(1);
  });
});
