import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Objects } from "#core/contract/dependencies.ts";
import { Problem } from "#core/http/problem.ts";
import { forgive, gateLogIn, gateMail } from "#features/identity/attempts/gate.ts";
import { createTestContext } from "../../../support/request-context.ts";

let addresses = 0;
/** Each test has its own address, so that no test sees the counts of another. */
const ownAddress = () => `198.51.100.${++addresses}`;
const turnstile = { siteKey: "site", secret: "secret", url: "https://challenges.example.test/siteverify" };

function sceneWithChallenge() {
  const context = createTestContext({ address: ownAddress() });
  context.settings = { ...context.settings, turnstile };
  context.fetch = async () => Response.json({ success: true, hostname: "api.example.test", action: "login" });
  return context;
}

describe("gateLogIn", () => {
  it("requires a challenge after five failures, and not earlier", async () => {
    const context = createTestContext({ address: ownAddress() });
    const outcomes: string[] = [];
    for (let call = 0; call < 6; call += 1)
      outcomes.push((await gateLogIn(context, { email: "five@example.com" })).outcome);
    expect(outcomes).toEqual(["open", "open", "open", "open", "open", "challenge"]);
    expect((await gateLogIn(context, { email: "other@example.com" })).outcome).toBe("open");
  });

  it("returns the time of the next permitted attempt and whose failures count, if no challenge can be solved", async () => {
    const context = createTestContext({ address: ownAddress() });
    const attempt = { email: "instead@example.com" };
    for (let call = 0; call < 5; call += 1) await gateLogIn(context, attempt);
    expect(await gateLogIn(context, attempt)).toEqual({ outcome: "challenge", seconds: 900 });
    context.now += 60_500;
    expect(await gateLogIn(context, attempt)).toEqual({ outcome: "challenge", seconds: 840 });
    context.now += 839_499;
    expect(await gateLogIn(context, attempt)).toEqual({ outcome: "challenge", seconds: 1 });
    context.now += 1;
    expect((await gateLogIn(context, attempt)).outcome).toBe("open");
    for (let call = 0; call < 50; call += 1) await gateLogIn(context, { email: `network${call}@example.com` });
    expect(await gateLogIn(context, { email: "any@example.com" })).toEqual({
      outcome: "challenge",
      seconds: 900,
      isNetwork: true,
    });
  });

  it("permits five of a hundred parallel guesses without a challenge", async () => {
    const context = createTestContext({ address: ownAddress() });
    const gates = await Promise.all(
      Array.from({ length: 100 }, () => gateLogIn(context, { email: "parallel@example.com" })),
    );
    expect(gates.filter(({ outcome }) => outcome === "open")).toHaveLength(5);
  });

  it("permits twenty attempts with a challenge each, then doubles the wait each time", async () => {
    const context = sceneWithChallenge();
    const attempt = { email: "twenty@example.com", challenge: "solved" };
    for (let call = 0; call < 20; call += 1) expect((await gateLogIn(context, attempt)).outcome).toBe("open");
    expect(await gateLogIn(context, attempt)).toEqual({ outcome: "wait", seconds: 1 });
    context.now += 1000;
    expect((await gateLogIn(context, attempt)).outcome).toBe("open");
    expect(await gateLogIn(context, attempt)).toEqual({ outcome: "wait", seconds: 2 });
    context.now += 24 * 60 * 60_000;
    expect((await gateLogIn(context, { email: attempt.email })).outcome).toBe("open");
  });

  it("does not accept an unsolved challenge", async () => {
    const context = sceneWithChallenge();
    const email = "unsolved@example.com";
    for (let call = 0; call < 5; call += 1) await gateLogIn(context, { email });
    context.fetch = async () => Response.json({ success: false, "error-codes": ["timeout-or-duplicate"] });
    expect((await gateLogIn(context, { email, challenge: "used" })).outcome).toBe("challenge");
  });

  it("resets the count of the account after a success", async () => {
    const context = createTestContext({ address: ownAddress() });
    const email = "success@example.com";
    for (let call = 0; call < 4; call += 1) await gateLogIn(context, { email });
    const gate = await gateLogIn(context, { email });
    if (gate.outcome !== "open") throw new Error("the attempt was refused");
    await gate.succeed();
    for (let call = 0; call < 5; call += 1) expect((await gateLogIn(context, { email })).outcome).toBe("open");
    expect((await gateLogIn(context, { email })).outcome).toBe("challenge");
  });

  it("keeps the count of an address after one of its log-ins succeeds", async () => {
    const context = createTestContext({ address: ownAddress() });
    for (let call = 0; call < 49; call += 1) await gateLogIn(context, { email: `many${call}@example.com` });
    const own = await gateLogIn(context, { email: "own@example.com" });
    if (own.outcome !== "open") throw new Error("the attempt was refused");
    await own.succeed();
    expect((await gateLogIn(context, { email: "next@example.com" })).outcome).toBe("open");
    expect((await gateLogIn(context, { email: "last@example.com" })).outcome).toBe("challenge");
    context.address = ownAddress();
    expect((await gateLogIn(context, { email: "last@example.com" })).outcome).toBe("open");
  });

  it("does not count attempts against an account while the address is blocked", async () => {
    const context = createTestContext({ address: ownAddress() });
    for (let call = 0; call < 50; call += 1) await gateLogIn(context, { email: `crowd${call}@example.com` });
    for (let call = 0; call < 10; call += 1) {
      expect((await gateLogIn(context, { email: "kept@example.com" })).outcome).toBe("challenge");
    }
    context.address = ownAddress();
    for (let call = 0; call < 5; call += 1) {
      expect((await gateLogIn(context, { email: "kept@example.com" })).outcome).toBe("open");
    }
  });

  it("counts all addresses of a /64 as one", async () => {
    const context = createTestContext();
    for (let call = 0; call < 50; call += 1) {
      context.address = `2001:db8:5:7::${(call + 1).toString(16)}`;
      await gateLogIn(context, { email: `v6-${call}@example.com` });
    }
    context.address = "2001:db8:5:7:ffff::1";
    expect((await gateLogIn(context, { email: "v6@example.com" })).outcome).toBe("challenge");
    context.address = "2001:db8:5:8::1";
    expect((await gateLogIn(context, { email: "v6@example.com" })).outcome).toBe("open");
  });

  it("refuses if attempts cannot be counted", async () => {
    const context = createTestContext({ objects: brokenObjects() });
    const gate = gateLogIn(context, { email: "broken@example.com" });
    await expect(gate).rejects.toThrow(Problem);
    await expect(gate).rejects.toMatchObject({ type: "service-unavailable" });
    await expect(gateMail(context, "reset", "broken@example.com")).rejects.toMatchObject({
      type: "service-unavailable",
    });
  });
});

describe("forgive", () => {
  it("permits attempts on the account again", async () => {
    const context = createTestContext({ address: ownAddress() });
    const email = "forgiven@example.com";
    for (let call = 0; call < 6; call += 1) await gateLogIn(context, { email });
    await forgive(context, email);
    expect((await gateLogIn(context, { email })).outcome).toBe("open");
  });
});

describe("gateMail", () => {
  it("permits five mails an hour to an account, from all addresses together", async () => {
    const context = createTestContext();
    for (let call = 0; call < 5; call += 1) {
      context.address = ownAddress();
      expect(await gateMail(context, "reset", "mailed@example.com")).toEqual({ outcome: "open" });
    }
    expect(await gateMail(context, "reset", "mailed@example.com")).toEqual({ outcome: "wait", seconds: 3600 });
    context.now += 3_600_000;
    expect(await gateMail(context, "reset", "mailed@example.com")).toEqual({ outcome: "open" });
  });

  it("permits twenty mails an hour for each address, also under parallel requests", async () => {
    const context = createTestContext({ address: ownAddress() });
    const gates = await Promise.all(
      Array.from({ length: 40 }, (_, index) => gateMail(context, "reset", `mail${index}@example.com`)),
    );
    expect(gates.filter(({ outcome }) => outcome === "open")).toHaveLength(20);
  });

  it("counts sign-ups and resets separately", async () => {
    const context = createTestContext({ address: ownAddress() });
    for (let call = 0; call < 5; call += 1) await gateMail(context, "sign-up", "both@example.com");
    expect((await gateMail(context, "sign-up", "both@example.com")).outcome).toBe("wait");
    expect((await gateMail(context, "reset", "both@example.com")).outcome).toBe("open");
  });

  it("does not count as a log-in attempt", async () => {
    const context = createTestContext({ address: ownAddress() });
    for (let call = 0; call < 5; call += 1) await gateMail(context, "reset", "apart@example.com");
    expect((await gateLogIn(context, { email: "apart@example.com" })).outcome).toBe("open");
  });
});

describe("LoginAttempts", () => {
  const thresholds = { challengeAfter: 5, waitAfter: 20 };

  it("persists its state", async () => {
    const object = env.LOGIN_ATTEMPTS.getByName("test:disk");
    await object.begin(thresholds, false, 1000);
    await object.begin(thresholds, false, 2000);
    const stored = await runInDurableObject(object, (_, { storage }) => storage.kv.get("attempts"));
    expect(stored).toEqual({ failures: 2, lastAt: 2000 });
  });

  it("deletes its state after a day without attempts, and not earlier", async () => {
    const object = env.LOGIN_ATTEMPTS.getByName("test:alarm");
    await object.begin(thresholds, false, 1000);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await runInDurableObject(object, (_, { storage }) => storage.kv.get("attempts"))).toBeDefined();
    expect(await runDurableObjectAlarm(object)).toBe(true);
    const left = await runInDurableObject(object, (_, { storage }) => Array.from(storage.kv.list()));
    expect(left).toEqual([]);
    expect(await runDurableObjectAlarm(object)).toBe(false);
  });
});

function brokenObjects(): Objects {
  const broken = () => {
    throw new Error("unreachable");
  };
  const stub = new Proxy({}, { get: () => async () => broken() });
  return { LOGIN_ATTEMPTS: { getByName: () => stub }, PROOF_REPLAYS: {} } as unknown as Objects; // the code under test calls only this method
}
