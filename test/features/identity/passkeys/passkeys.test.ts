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
import { type Scene, setScene } from "../../../support/request-context.ts";
import { countRows, createPerson, mailsTo } from "../accounts/people.ts";
import { type Manner, SoftwareAuthenticator } from "./authenticator.ts";

const browserId = "this browser";
let people = 0;

async function start(): Promise<{ scene: Scene; account: Account; authenticator: SoftwareAuthenticator }> {
  const scene = setScene();
  const account = await createPerson(scene, `passkeys-${++people}@example.com`);
  return { scene, account, authenticator: new SoftwareAuthenticator(scene.origin) };
}

async function startWithPasskey(manner?: Manner) {
  const started = await start();
  const { scene, account, authenticator } = started;
  const response = await authenticator.create(await registrationOptions(account, browserId, scene), manner);
  const passkey = await addPasskey({ account, browserId, response, name: "My phone" }, scene);
  return { ...started, passkey };
}

async function logIn(scene: Scene, authenticator: SoftwareAuthenticator, manner?: Manner) {
  const response = await authenticator.get(await authenticationOptions(browserId, scene), manner);
  return logInByPasskey({ browserId, response }, scene);
}

describe("a passkey", () => {
  it("is added, and the owner is told", async () => {
    const { scene, account, passkey } = await startWithPasskey();
    expect(await listPasskeys(scene.database, account.id)).toEqual([passkey]);
    expect(passkey).toMatchObject({ name: "My phone", createdAt: scene.now, lastUsedAt: undefined });
    expect((await mailsTo(scene, account.email))[0]?.subject).toBe("A passkey was added to your account");
  });

  it("logs its owner in, who says no name, and a sign-in follows", async () => {
    const { scene, account, authenticator } = await startWithPasskey();
    scene.now += 1000;
    const result = await logIn(scene, authenticator);
    expect(result).toMatchObject({ outcome: "in", account: { id: account.id }, methods: ["hwk", "mfa"] });
    expect((await listPasskeys(scene.database, account.id))[0]?.lastUsedAt).toBe(scene.now);
    if (result.outcome === "in") await startSignIn(scene, result);
    expect(await countRows("sign_ins WHERE user_id = ? AND methods = 'hwk mfa'", account.id)).toBe(1);
  });

  it("that is copied between devices is held by software", async () => {
    const { scene, authenticator } = await startWithPasskey({ isBackedUp: true });
    expect(await logIn(scene, authenticator, { isBackedUp: true })).toMatchObject({ methods: ["swk", "mfa"] });
  });

  it("is removed by its owner alone, and does not sign in any more", async () => {
    const { scene, account, authenticator, passkey } = await startWithPasskey();
    const stranger = await createPerson(scene, "stranger@example.com");
    expect(await removePasskey(scene, stranger, passkey.id)).toBe(false);
    expect((await logIn(scene, authenticator)).outcome).toBe("in");
    expect(await removePasskey(scene, account, passkey.id)).toBe(true);
    expect(await removePasskey(scene, account, passkey.id)).toBe(false);
    expect(await logIn(scene, authenticator)).toEqual({ outcome: "wrong" });
  });

  it("does not outlive a reset, unless it is kept", async () => {
    for (const keep of [undefined, "this one", "another"] as const) {
      const { scene, account, authenticator, passkey } = await startWithPasskey();
      await requestReset({ email: account.email }, scene);
      const [mail] = await mailsTo(scene, account.email);
      const kept = { passkeys: [keep === "this one" ? passkey.id : "another"], apiKeys: "none" } as const;
      const reset = { token: mail?.token ?? "", password: "three quiet walruses" };
      await resetPassword(keep === undefined ? reset : { ...reset, keep: kept }, scene);
      expect((await logIn(scene, authenticator)).outcome).toBe(keep === "this one" ? "in" : "wrong");
    }
  });

  it("that was proved while a reset removed it signs nobody in", async () => {
    const { scene, account, authenticator } = await startWithPasskey();
    const proved = await logIn(scene, authenticator);
    if (proved.outcome !== "in") throw new Error("not in");
    await requestReset({ email: account.email }, scene);
    const [mail] = await mailsTo(scene, account.email);
    await resetPassword({ token: mail?.token ?? "", password: "three quiet walruses" }, scene);
    await expect(startSignIn(scene, proved)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it("of a deleted account does not sign in", async () => {
    const { scene, account, authenticator } = await startWithPasskey();
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(account.id).run();
    expect(await logIn(scene, authenticator)).toEqual({ outcome: "wrong" });
  });
});

describe("registrationOptions", () => {
  it("ask for a key that the authenticator keeps, for a person it verifies, and not twice for the same", async () => {
    const { scene, account, passkey } = await startWithPasskey();
    const options = await registrationOptions(account, browserId, scene);
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
  it("stores nothing for a browser that was signed out after its request began, and tells nobody", async () => {
    const { scene, account, authenticator } = await start();
    const { signIn } = await startSignIn(scene, { account, methods: ["pwd"] });
    const response = await authenticator.create(await registrationOptions(account, browserId, scene));
    await logOutEverywhere(account, scene);
    const added = addPasskey({ account, browserId, response, name: "x", signIn: signIn.idHash }, scene);
    await expect(added).rejects.toMatchObject({ type: "unauthorized" });
    expect(await listPasskeys(scene.database, account.id)).toEqual([]);
    expect((await mailsTo(scene, account.email)).map(({ subject }) => subject)).toEqual([
      "You were signed out everywhere",
    ]);
  });

  it.each<[string, Manner]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another type", { type: "webauthn.get" }],
    ["a challenge of its own making", { challenge: "AAAA" }],
    ["a person who is not verified", { isVerified: false }],
    ["a person who is not there", { isPresent: false }],
    ["an algorithm that was not asked for", { alg: -9 }],
  ])("refuses an answer with %s", async (_, manner) => {
    const { scene, account, authenticator } = await start();
    const response = await authenticator.create(await registrationOptions(account, browserId, scene), manner);
    await expect(addPasskey({ account, browserId, response, name: "x" }, scene)).rejects.toMatchObject({
      type: "validation-error",
      errors: [{ pointer: "#/credential" }],
    });
    expect(await listPasskeys(scene.database, account.id)).toEqual([]);
  });

  it.each(["", "null", "{}", "[]", '{"id":1}', '{"id":"x","response":{}}', "x".repeat(20_000)])(
    "refuses what is no answer: %s",
    async (response) => {
      const { scene, account } = await start();
      await expect(addPasskey({ account, browserId, response, name: "x" }, scene)).rejects.toMatchObject({
        type: "validation-error",
      });
    },
  );

  it("refuses a challenge of another browser, of another account, of a log-in, or that is too old", async () => {
    const { scene, account, authenticator } = await start();
    const other = await createPerson(scene, "other@example.com");
    const options = await registrationOptions(account, browserId, scene);
    const response = await authenticator.create(options);
    const refusal = { type: "validation-error" };
    await expect(addPasskey({ account, browserId: "another", response, name: "x" }, scene)).rejects.toMatchObject(
      refusal,
    );
    await expect(addPasskey({ account: other, browserId, response, name: "x" }, scene)).rejects.toMatchObject(refusal);
    const { challenge } = await authenticationOptions(browserId, scene);
    const ofLogIn = await authenticator.create({ ...options, challenge });
    await expect(addPasskey({ account, browserId, response: ofLogIn, name: "x" }, scene)).rejects.toMatchObject(
      refusal,
    );
    scene.now += 5 * 60_000;
    await expect(addPasskey({ account, browserId, response, name: "x" }, scene)).rejects.toMatchObject(refusal);
    scene.now -= 1;
    expect((await addPasskey({ account, browserId, response, name: "x" }, scene)).name).toBe("x");
  });

  it("takes an answer once, in parallel too", async () => {
    const { scene, account, authenticator } = await start();
    const response = await authenticator.create(await registrationOptions(account, browserId, scene));
    const added = await Promise.allSettled(
      [1, 2, 3].map(() => addPasskey({ account, browserId, response, name: "x" }, scene)),
    );
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await removePasskey(scene, account, (await listPasskeys(scene.database, account.id))[0]?.id ?? "");
    await expect(addPasskey({ account, browserId, response, name: "x" }, scene)).rejects.toMatchObject({
      type: "unauthorized",
    });
  });

  it("refuses an eleventh", async () => {
    const { scene, account, authenticator } = await start();
    const add = async () => {
      const response = await authenticator.create(await registrationOptions(account, browserId, scene));
      return addPasskey({ account, browserId, response, name: "x" }, scene);
    };
    for (let count = 0; count < MOST_PASSKEYS; count += 1) await add();
    await expect(add()).rejects.toMatchObject({ type: "conflict" });
    expect(await listPasskeys(scene.database, account.id)).toHaveLength(10);
  });
});

describe("logInByPasskey", () => {
  it.each<[string, Manner]>([
    ["another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["another type", { type: "webauthn.create" }],
    ["a challenge of its own making", { challenge: "AAAA" }],
    ["a person who is not verified", { isVerified: false }],
    ["a person who is not there", { isPresent: false }],
    ["the name of somebody else", { userHandle: "dXNlcl8x" }],
    ["no name", { userHandle: "" }],
  ])("refuses an answer with %s", async (_, manner) => {
    const { scene, authenticator } = await startWithPasskey();
    expect(await logIn(scene, authenticator, manner)).toEqual({ outcome: "wrong" });
    expect((await logIn(scene, authenticator)).outcome).toBe("in");
  });

  it.each(["", "null", "{}", '{"id":"unknown","response":{}}'])("refuses what is no answer: %s", async (response) => {
    expect(await logInByPasskey({ browserId, response }, setScene())).toEqual({ outcome: "wrong" });
  });

  it("refuses a signature that is not the key's", async () => {
    const { scene, authenticator } = await startWithPasskey();
    const answer = JSON.parse(await authenticator.get(await authenticationOptions(browserId, scene)));
    const other = JSON.parse(await authenticator.get(await authenticationOptions(browserId, scene)));
    const response = JSON.stringify({
      ...answer,
      response: { ...answer.response, signature: other.response.signature },
    });
    expect(await logInByPasskey({ browserId, response }, scene)).toEqual({ outcome: "wrong" });
  });

  it("takes an answer once, in parallel too, though its counter does not count", async () => {
    const { scene, authenticator } = await startWithPasskey();
    const response = await authenticator.get(await authenticationOptions(browserId, scene));
    const results = await Promise.allSettled([1, 2, 3].map(() => logInByPasskey({ browserId, response }, scene)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(logInByPasskey({ browserId, response }, scene)).rejects.toMatchObject({ type: "unauthorized" });
  });

  it("refuses a challenge of another browser, of a registration, or that is too old", async () => {
    const { scene, account, authenticator } = await startWithPasskey();
    const options = await authenticationOptions(browserId, scene);
    const response = await authenticator.get(options);
    expect(await logInByPasskey({ browserId: "another", response }, scene)).toEqual({ outcome: "wrong" });
    const { challenge } = await registrationOptions(account, browserId, scene);
    const registering = await authenticator.get({ ...options, challenge });
    expect(await logInByPasskey({ browserId, response: registering }, scene)).toEqual({ outcome: "wrong" });
    scene.now += 5 * 60_000;
    expect(await logInByPasskey({ browserId, response }, scene)).toEqual({ outcome: "wrong" });
  });

  it("refuses a counter that does not go up: the authenticator has been copied", async () => {
    const { scene, authenticator } = await startWithPasskey({ counter: 7 });
    expect(await logIn(scene, authenticator, { counter: 7 })).toEqual({ outcome: "wrong" });
    expect((await logIn(scene, authenticator, { counter: 8 })).outcome).toBe("in");
    expect(await logIn(scene, authenticator, { counter: 8 })).toEqual({ outcome: "wrong" });
    expect(await logIn(scene, authenticator, { counter: 0 })).toEqual({ outcome: "wrong" });
    expect((await logIn(scene, authenticator, { counter: 70_000 })).outcome).toBe("in");
  });

  it("remembers an answered challenge for as long as it could be good", async () => {
    const { scene, authenticator } = await startWithPasskey();
    await logIn(scene, authenticator);
    const end = scene.now + 5 * 60_000;
    const known = () => countRows("spent_challenges WHERE expires_at = ?", end);
    const before = await known();
    expect(before).toBeGreaterThan(0);
    await dropExpiredChallenges(scene.database, end - 1);
    expect(await known()).toBe(before);
    await dropExpiredChallenges(scene.database, end);
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
