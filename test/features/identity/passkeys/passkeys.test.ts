import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Account } from "#features/identity/accounts/account.ts";
import { logOutEverywhere } from "#features/identity/accounts/log-out-everywhere.ts";
import { requestReset, resetPassword } from "#features/identity/accounts/reset.ts";
import { authenticationOptions, logInByPasskey } from "#features/identity/passkeys/log-in.ts";
import { addPasskey, registrationOptions } from "#features/identity/passkeys/register.ts";
import { MOST_PASSKEYS, passkeysPossible } from "#features/identity/passkeys/relying-party.ts";
import { dropExpiredChallenges, listPasskeys, removePasskey } from "#features/identity/passkeys/store.ts";
import { startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";
import { countRows, createPerson, mailsTo } from "../accounts/people.ts";
import { type Deviation, SoftwareAuthenticator } from "./authenticator.ts";

const browserId = "this browser";
let people = 0;

async function start(): Promise<{ context: TestContext; account: Account; authenticator: SoftwareAuthenticator }> {
  const context = createTestContext();
  const account = await createPerson(context, `passkeys-${++people}@example.com`);
  return { context, account, authenticator: new SoftwareAuthenticator(context.origin) };
}

async function startWithPasskey(deviation?: Deviation) {
  const started = await start();
  const { context, account, authenticator } = started;
  const response = await authenticator.create(await registrationOptions(account, browserId, context), deviation);
  const passkey = await addPasskey({ account, browserId, response, name: "My phone" }, context);
  return { ...started, passkey };
}

async function logIn(context: TestContext, authenticator: SoftwareAuthenticator, deviation?: Deviation) {
  const response = await authenticator.get(await authenticationOptions(browserId, context), deviation);
  return logInByPasskey({ browserId, response }, context);
}

describe("a passkey", () => {
  it("is added, and the owner is notified", async () => {
    const { context, account, passkey } = await startWithPasskey();
    expect(await listPasskeys(context.database, account.id)).toEqual([passkey]);
    expect(passkey).toMatchObject({ name: "My phone", createdAt: context.now, lastUsedAt: undefined });
    expect((await mailsTo(context, account.email))[0]?.subject).toBe("A passkey was added to your account");
  });

  it("logs its owner in without a user name, and starts a session", async () => {
    const { context, account, authenticator } = await startWithPasskey();
    context.now += 1000;
    const result = await logIn(context, authenticator);
    expect(result).toMatchObject({ outcome: "in", account: { id: account.id }, methods: ["hwk", "mfa"] });
    expect((await listPasskeys(context.database, account.id))[0]?.lastUsedAt).toBe(context.now);
    if (result.outcome === "in") await startSignIn(context, result);
    expect(await countRows("sign_ins WHERE user_id = ? AND methods = 'hwk mfa'", account.id)).toBe(1);
  });

  it("that is synced between devices counts as a software key", async () => {
    const { context, authenticator } = await startWithPasskey({ isBackedUp: true });
    expect(await logIn(context, authenticator, { isBackedUp: true })).toMatchObject({ methods: ["swk", "mfa"] });
  });

  it("is removed only by its owner, and no longer logs in", async () => {
    const { context, account, authenticator, passkey } = await startWithPasskey();
    const stranger = await createPerson(context, "stranger@example.com");
    expect(await removePasskey(context, stranger, passkey.id)).toBe(false);
    expect((await logIn(context, authenticator)).outcome).toBe("in");
    expect(await removePasskey(context, account, passkey.id)).toBe(true);
    expect(await removePasskey(context, account, passkey.id)).toBe(false);
    expect(await logIn(context, authenticator)).toEqual({ outcome: "wrong" });
  });

  it("is removed by a password reset, unless the owner keeps it", async () => {
    for (const keep of [undefined, "this one", "another"] as const) {
      const { context, account, authenticator, passkey } = await startWithPasskey();
      await requestReset({ email: account.email }, context);
      const [mail] = await mailsTo(context, account.email);
      const kept = { passkeys: [keep === "this one" ? passkey.id : "another"], apiKeys: "none" } as const;
      const reset = { token: mail?.token ?? "", password: "three quiet walruses" };
      await resetPassword(keep === undefined ? reset : { ...reset, keep: kept }, context);
      expect((await logIn(context, authenticator)).outcome).toBe(keep === "this one" ? "in" : "wrong");
    }
  });

  it("that was verified before a reset removed it does not start a session", async () => {
    const { context, account, authenticator } = await startWithPasskey();
    const proved = await logIn(context, authenticator);
    if (proved.outcome !== "in") throw new Error("the log-in was refused");
    await requestReset({ email: account.email }, context);
    const [mail] = await mailsTo(context, account.email);
    await resetPassword({ token: mail?.token ?? "", password: "three quiet walruses" }, context);
    await expect(startSignIn(context, proved)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it("of a deleted account does not log in", async () => {
    const { context, account, authenticator } = await startWithPasskey();
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(account.id).run();
    expect(await logIn(context, authenticator)).toEqual({ outcome: "wrong" });
  });
});

describe("registrationOptions", () => {
  it("ask for a resident key with user verification, and exclude the account's passkeys", async () => {
    const { context, account, passkey } = await startWithPasskey();
    const options = await registrationOptions(account, browserId, context);
    expect(options).toMatchObject({
      rp: { id: "api.example.test" },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: [{ id: passkey.id, type: "public-key", transports: ["internal"] }],
    });
    expect(new TextDecoder().decode(Uint8Array.fromBase64(options.user.id, { alphabet: "base64url" }))).toBe(
      account.id,
    );
  });
});

describe("addPasskey", () => {
  it("stores nothing and sends no mail if the session ended after the request began", async () => {
    const { context, account, authenticator } = await start();
    const { signIn } = await startSignIn(context, { account, methods: ["pwd"] });
    const response = await authenticator.create(await registrationOptions(account, browserId, context));
    await logOutEverywhere(account, context);
    const added = addPasskey({ account, browserId, response, name: "x", signIn: signIn.idHash }, context);
    await expect(added).rejects.toMatchObject({ type: "unauthorized" });
    expect(await listPasskeys(context.database, account.id)).toEqual([]);
    expect((await mailsTo(context, account.email)).map(({ subject }) => subject)).toEqual([
      "You were signed out everywhere",
    ]);
  });

  it.each<[string, Deviation]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another type", { type: "webauthn.get" }],
    ["a made-up challenge", { challenge: "AAAA" }],
    ["no user verification", { isVerified: false }],
    ["no user presence", { isPresent: false }],
    ["an algorithm that was not offered", { alg: -9 }],
  ])("rejects a response with %s", async (_, deviation) => {
    const { context, account, authenticator } = await start();
    const response = await authenticator.create(await registrationOptions(account, browserId, context), deviation);
    await expect(addPasskey({ account, browserId, response, name: "x" }, context)).rejects.toMatchObject({
      type: "validation-error",
      errors: [{ pointer: "#/credential" }],
    });
    expect(await listPasskeys(context.database, account.id)).toEqual([]);
  });

  it.each(["", "null", "{}", "[]", '{"id":1}', '{"id":"x","response":{}}', "x".repeat(20_000)])(
    "rejects a malformed response: %s",
    async (response) => {
      const { context, account } = await start();
      await expect(addPasskey({ account, browserId, response, name: "x" }, context)).rejects.toMatchObject({
        type: "validation-error",
      });
    },
  );

  it("rejects a challenge of another browser, another account or a log-in, or an old one", async () => {
    const { context, account, authenticator } = await start();
    const other = await createPerson(context, "other@example.com");
    const options = await registrationOptions(account, browserId, context);
    const response = await authenticator.create(options);
    const refusal = { type: "validation-error" };
    await expect(addPasskey({ account, browserId: "another", response, name: "x" }, context)).rejects.toMatchObject(
      refusal,
    );
    await expect(addPasskey({ account: other, browserId, response, name: "x" }, context)).rejects.toMatchObject(
      refusal,
    );
    const { challenge } = await authenticationOptions(browserId, context);
    const ofLogIn = await authenticator.create({ ...options, challenge });
    await expect(addPasskey({ account, browserId, response: ofLogIn, name: "x" }, context)).rejects.toMatchObject(
      refusal,
    );
    context.now += 5 * 60_000;
    await expect(addPasskey({ account, browserId, response, name: "x" }, context)).rejects.toMatchObject(refusal);
    context.now -= 1;
    expect((await addPasskey({ account, browserId, response, name: "x" }, context)).name).toBe("x");
  });

  it("accepts a response once, also in parallel", async () => {
    const { context, account, authenticator } = await start();
    const response = await authenticator.create(await registrationOptions(account, browserId, context));
    const added = await Promise.allSettled(
      [1, 2, 3].map(() => addPasskey({ account, browserId, response, name: "x" }, context)),
    );
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await removePasskey(context, account, (await listPasskeys(context.database, account.id))[0]?.id ?? "");
    await expect(addPasskey({ account, browserId, response, name: "x" }, context)).rejects.toMatchObject({
      type: "unauthorized",
    });
  });

  it("refuses an eleventh passkey", async () => {
    const { context, account, authenticator } = await start();
    const add = async () => {
      const response = await authenticator.create(await registrationOptions(account, browserId, context));
      return addPasskey({ account, browserId, response, name: "x" }, context);
    };
    for (let count = 0; count < MOST_PASSKEYS; count += 1) await add();
    await expect(add()).rejects.toMatchObject({ type: "conflict" });
    expect(await listPasskeys(context.database, account.id)).toHaveLength(10);
  });
});

describe("logInByPasskey", () => {
  it.each<[string, Deviation]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another type", { type: "webauthn.create" }],
    ["a made-up challenge", { challenge: "AAAA" }],
    ["no user verification", { isVerified: false }],
    ["no user presence", { isPresent: false }],
    ["another user's handle", { userHandle: "dXNlcl8x" }],
    ["no name", { userHandle: "" }],
  ])("rejects a response with %s", async (_, deviation) => {
    const { context, authenticator } = await startWithPasskey();
    expect(await logIn(context, authenticator, deviation)).toEqual({ outcome: "wrong" });
    expect((await logIn(context, authenticator)).outcome).toBe("in");
  });

  it.each(["", "null", "{}", '{"id":"unknown","response":{}}'])(
    "rejects a malformed response: %s",
    async (response) => {
      expect(await logInByPasskey({ browserId, response }, createTestContext())).toEqual({ outcome: "wrong" });
    },
  );

  it("rejects a signature of other data", async () => {
    const { context, authenticator } = await startWithPasskey();
    const answer = JSON.parse(await authenticator.get(await authenticationOptions(browserId, context)));
    const other = JSON.parse(await authenticator.get(await authenticationOptions(browserId, context)));
    const response = JSON.stringify({
      ...answer,
      response: { ...answer.response, signature: other.response.signature },
    });
    expect(await logInByPasskey({ browserId, response }, context)).toEqual({ outcome: "wrong" });
  });

  it("accepts a response once, also in parallel, if the authenticator has no counter", async () => {
    const { context, authenticator } = await startWithPasskey();
    const response = await authenticator.get(await authenticationOptions(browserId, context));
    const results = await Promise.allSettled([1, 2, 3].map(() => logInByPasskey({ browserId, response }, context)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(logInByPasskey({ browserId, response }, context)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it("rejects a challenge of another browser or a registration, or an old one", async () => {
    const { context, account, authenticator } = await startWithPasskey();
    const options = await authenticationOptions(browserId, context);
    const response = await authenticator.get(options);
    expect(await logInByPasskey({ browserId: "another", response }, context)).toEqual({ outcome: "wrong" });
    const { challenge } = await registrationOptions(account, browserId, context);
    const registering = await authenticator.get({ ...options, challenge });
    expect(await logInByPasskey({ browserId, response: registering }, context)).toEqual({ outcome: "wrong" });
    context.now += 5 * 60_000;
    expect(await logInByPasskey({ browserId, response }, context)).toEqual({ outcome: "wrong" });
  });

  it("rejects a counter that does not increase, because the authenticator was copied", async () => {
    const { context, authenticator } = await startWithPasskey({ counter: 7 });
    expect(await logIn(context, authenticator, { counter: 7 })).toEqual({ outcome: "wrong" });
    expect((await logIn(context, authenticator, { counter: 8 })).outcome).toBe("in");
    expect(await logIn(context, authenticator, { counter: 8 })).toEqual({ outcome: "wrong" });
    expect(await logIn(context, authenticator, { counter: 0 })).toEqual({ outcome: "wrong" });
    expect((await logIn(context, authenticator, { counter: 70_000 })).outcome).toBe("in");
  });

  it("stores a used challenge until it expires", async () => {
    const { context, authenticator } = await startWithPasskey();
    await logIn(context, authenticator);
    const end = context.now + 5 * 60_000;
    const known = () => countRows("spent_challenges WHERE expires_at = ?", end);
    const before = await known();
    expect(before).toBeGreaterThan(0);
    await dropExpiredChallenges(context.database, end - 1);
    expect(await known()).toBe(before);
    await dropExpiredChallenges(context.database, end);
    expect(await known()).toBe(0);
  });
});

describe("passkeysPossible", () => {
  it.each([
    ["https://api.example.test", true],
    ["http://localhost:8787", true],
    ["http://127.0.0.1:8787", false],
    ["https://192.0.2.1", false],
    ["https://[2001:db8::1]", false],
    ["http://api.example.test", false],
  ])("on %s: %s", (origin, expected) => {
    expect(passkeysPossible(origin)).toBe(expected);
  });
});
