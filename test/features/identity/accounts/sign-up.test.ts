import { beforeAll, describe, expect, it } from "vitest";
import { logIn } from "#features/identity/accounts/log-in.ts";
import { signUp } from "#features/identity/accounts/sign-up.ts";
import { findAccountByEmail } from "#features/identity/accounts/store.ts";
import { verifyEmail } from "#features/identity/accounts/verify-email.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";
import { countRows, createPerson, mailsTo, PASSWORD } from "./people.ts";

let addresses = 0;
const contextWithOwnAddress = () => createTestContext({ address: `198.51.100.${++addresses}` });
const OTHER = "another-long-password";

async function tokenOf(context: TestContext, email: string): Promise<string> {
  const [mail] = await mailsTo(context, email);
  if (mail?.token === undefined) throw new Error("no link was mailed");
  return mail.token;
}

beforeAll(async () => {
  await createPerson(createTestContext(), "taken@example.com", { name: "The owner" });
});

describe("signUp", () => {
  it("creates an account that can log in after its email is confirmed", async () => {
    const context = contextWithOwnAddress();
    const email = "new@example.com";
    expect(await signUp({ email: " New@Example.com", name: "New", password: PASSWORD }, context)).toEqual({
      outcome: "mailed",
    });
    expect(await logIn({ email, password: PASSWORD }, context)).toEqual({ outcome: "wrong" });
    const token = await tokenOf(context, email);
    expect(await verifyEmail({ token, password: PASSWORD }, context)).toMatchObject({
      outcome: "in",
      account: { email, name: "New", role: "customer", emailVerifiedAt: context.now },
      methods: ["pwd"],
    });
    expect((await logIn({ email, password: PASSWORD }, context)).outcome).toBe("in");
  });

  it("returns the same result for a taken email, changes nothing and notifies the owner", async () => {
    const context = contextWithOwnAddress();
    const email = "taken@example.com";
    expect(await signUp({ email, name: "A thief", password: OTHER }, context)).toEqual({ outcome: "mailed" });
    expect(await mailsTo(context, email)).toEqual([{ subject: "You already have an account", token: undefined }]);
    expect(await findAccountByEmail(context.database, email)).toMatchObject({ name: "The owner" });
    expect(await logIn({ email, password: OTHER }, context)).toEqual({ outcome: "wrong" });
    expect((await logIn({ email, password: PASSWORD }, context)).outcome).toBe("in");
    expect(await countRows("mail_tokens WHERE email = ?", email)).toBe(0);
  });

  it("makes the same number of round trips for a taken, a new and an unconfirmed email", async () => {
    const trips = [];
    for (const email of ["taken@example.com", "fresh@example.com", "fresh@example.com"]) {
      const context = contextWithOwnAddress();
      context.defer = (work) => void work.catch(() => undefined);
      const before = context.database.usage.roundTrips;
      await signUp({ email, name: "Somebody", password: PASSWORD }, context);
      trips.push(context.database.usage.roundTrips - before);
    }
    expect(new Set(trips).size).toBe(1);
  });

  it("gives an unconfirmed account to the last sign-up, and invalidates the former link", async () => {
    const [first, last] = [contextWithOwnAddress(), contextWithOwnAddress()];
    const email = "contested@example.com";
    await signUp({ email, name: "First", password: OTHER }, first);
    const former = await tokenOf(first, email);
    await signUp({ email, name: "Last", password: PASSWORD }, last);
    await expect(verifyEmail({ token: former, password: OTHER }, first)).rejects.toMatchObject({ type: "not-found" });
    const token = await tokenOf(last, email);
    expect(await verifyEmail({ token, password: PASSWORD }, last)).toMatchObject({ account: { name: "Last" } });
    expect(await countRows("users WHERE email = ?", email)).toBe(1);
  });

  it("creates one account for parallel sign-ups", async () => {
    const context = contextWithOwnAddress();
    const email = "parallel@example.com";
    await Promise.all([1, 2, 3, 4].map(() => signUp({ email, name: "Many", password: PASSWORD }, context)));
    await context.settle();
    expect(await countRows("users WHERE email = ?", email)).toBe(1);
    expect(await countRows("mail_tokens WHERE email = ?", email)).toBe(1);
  });

  it("rejects a weak password before any other work", async () => {
    const context = contextWithOwnAddress();
    const result = await signUp({ email: "weak@example.com", name: "Weak", password: "password1" }, context);
    expect(result).toMatchObject({ outcome: "weak", fault: { code: "too-common" } });
    expect(await mailsTo(context, "weak@example.com")).toEqual([]);
    expect(context.database.usage.roundTrips).toBe(1);
  });

  it("is refused if sign-up is disabled", async () => {
    const context = contextWithOwnAddress();
    context.settings = { ...context.settings, signUp: "closed" };
    await expect(signUp({ email: "x@example.com", name: "X", password: PASSWORD }, context)).rejects.toMatchObject({
      type: "not-found",
    });
  });

  it("sends at most five mails an hour to one address", async () => {
    const email = "flooded@example.com";
    for (let call = 0; call < 5; call += 1) {
      await signUp({ email, name: "Flood", password: PASSWORD }, contextWithOwnAddress());
    }
    expect(await signUp({ email, name: "Flood", password: PASSWORD }, contextWithOwnAddress())).toEqual({
      outcome: "wait",
      seconds: 3600,
    });
  });

  it("puts no text of the sign-up form into the mail", async () => {
    const context = contextWithOwnAddress();
    await signUp({ email: "spammed@example.com", name: "Buy at https://evil.example", password: PASSWORD }, context);
    await context.settle();
    expect(await countRows("mailbox WHERE content LIKE '%evil%' OR subject LIKE '%evil%'")).toBe(0);
  });
});

describe("verifyEmail", () => {
  it("rejects the owner of the mailbox without the password, and keeps the link valid", async () => {
    const context = contextWithOwnAddress();
    const email = "hijacked@example.com";
    await signUp({ email, name: "Thief", password: OTHER }, context);
    const token = await tokenOf(context, email);
    expect(await verifyEmail({ token, password: PASSWORD }, context)).toEqual({ outcome: "wrong" });
    expect((await verifyEmail({ token, password: OTHER }, context)).outcome).toBe("in");
  });

  it("accepts a token once, also in parallel", async () => {
    const context = contextWithOwnAddress();
    const email = "once@example.com";
    await signUp({ email, name: "Once", password: PASSWORD }, context);
    const token = await tokenOf(context, email);
    const results = await Promise.allSettled([1, 2, 3].map(() => verifyEmail({ token, password: PASSWORD }, context)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(verifyEmail({ token, password: PASSWORD }, context)).rejects.toMatchObject({ type: "not-found" });
  });

  it("rejects a token after a day, and counts wrong passwords", async () => {
    const context = contextWithOwnAddress();
    const email = "late@example.com";
    await signUp({ email, name: "Late", password: PASSWORD }, context);
    const token = await tokenOf(context, email);
    for (let call = 0; call < 5; call += 1) await verifyEmail({ token, password: "wrong" }, context);
    expect(await verifyEmail({ token, password: PASSWORD }, context)).toEqual({ outcome: "challenge", seconds: 900 });
    context.now += 24 * 60 * 60_000;
    await expect(verifyEmail({ token, password: PASSWORD }, context)).rejects.toMatchObject({ type: "not-found" });
  });
});
