import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rememberKeySets } from "#features/identity/key-sets.ts";
import { sharedKeySets } from "#features/identity/shared-key-sets.ts";
import { type Key, type KeyHost, makeKey, startKeyHost } from "../../support/issuer.ts";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";
import { createTestContext } from "../../support/request-context.ts";

const uri = "https://login.example.test/jwks.json";
const START = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const HOUR = 3_600_000;

let [key, next, forged]: Key[] = [];
beforeAll(async () => {
  [key, next, forged] = await Promise.all([makeKey("key"), makeKey("next"), makeKey("key")]);
});

let namespace: TestNamespace;
let host: KeyHost;
beforeEach(() => {
  namespace = startNamespace();
  host = startKeyHost(published(key));
});

function published(...keys: (Key | undefined)[]): Key[] {
  return keys.filter((each) => each !== undefined);
}

/** One isolate: the keys that it accepts at a time, in milliseconds from START, and its last failure. */
function startIsolate(secret?: string) {
  const keySets = rememberKeySets(host.fetch);
  let failure: string | undefined;
  return {
    async answerAt(time: number, kid = "key", from = uri) {
      const context = createTestContext({ now: START + time, objects: { ...env, READ_MODELS: namespace.binding } });
      if (secret !== undefined) context.settings = { ...context.settings, secret };
      const answer = await keySets({ uri: from, kid, now: context.now, shared: sharedKeySets(context) });
      await context.settle();
      failure = context.log["read_model.failure"];
      return answer;
    },
    async at(time: number, kid?: string, from?: string) {
      const answer = await this.answerAt(time, kid, from);
      return "failure" in answer ? answer.failure : answer.keySet.keys.map((known) => known.x);
    },
    failure: () => failure,
  };
}

const accepted = (...keys: (Key | undefined)[]) => published(...keys).map(({ jwk }) => jwk.x);

describe("an isolate without keys", () => {
  it("reads those of another isolate once, and sends no request to the issuer", async () => {
    await startIsolate().at(0);
    namespace.asked.length = 0;
    const isolate = startIsolate();
    expect(await isolate.at(10 * MINUTE)).toEqual(accepted(key));
    expect(await isolate.at(10 * MINUTE)).toEqual(accepted(key));
    expect(host.asked.length).toBe(1);
    expect(namespace.asked.length).toBe(1);
    expect(namespace.asked[0]).toMatch(/^key-set:[0-9a-f]{64}$/);
  });

  it("has keys while the issuer fails, as long as an isolate that fetched them", async () => {
    await startIsolate().at(0);
    host.publish(() => new Response(null, { status: 502 }));
    const isolate = startIsolate();
    expect(await isolate.answerAt(24 * HOUR)).toMatchObject({ isStale: true });
    expect(await startIsolate().at(24 * HOUR + 1)).toBe("status 502");
    expect(namespace.lastWrite()).toEqual({ expirationTtl: 86_400 });
  });

  it("fetches from the issuer while KV fails, and keeps the keys in memory", async () => {
    namespace.failing = "error";
    const isolate = startIsolate();
    const failing = isolate.answerAt(0).catch(String);
    expect(await failing).toBe("Error: KV is down");
    namespace.failing = "not";
    expect(await isolate.at(10 * MINUTE)).toEqual(accepted(key));
    expect(host.asked.length).toBe(1);
  });
});

describe("a key that the issuer removed", () => {
  it("is accepted for at most ten minutes after the last fetch that contained it", async () => {
    await startIsolate().at(0);
    host.publish(published(next));
    // The stored set contains the time of its fetch, so memory and KV delays add nothing.
    namespace.freeze(true);
    const [early, late] = [startIsolate(), startIsolate()];
    expect(await early.at(10 * MINUTE)).toEqual(accepted(key));
    expect(await early.at(10 * MINUTE + 1)).toEqual(accepted(next));
    expect(await late.at(10 * MINUTE + 1)).toEqual(accepted(next));
  });

  it("does not come back from a set that is older than the isolate's own", async () => {
    const [isolate, other] = [startIsolate(), startIsolate()];
    await other.at(0);
    namespace.freeze(true);
    await isolate.at(MINUTE);
    host.publish(published(next));
    await isolate.at(MINUTE, "next");
    expect(await isolate.at(2 * MINUTE, "key")).toEqual(accepted(next));
  });
});

describe("an unknown key", () => {
  it("is requested from the issuer immediately, then at most once in thirty seconds", async () => {
    await startIsolate().at(0);
    const isolate = startIsolate();
    host.publish(published(key, next));
    // The isolate has the set of another isolate, from before the key was published. Reading KV does not count as a request.
    expect(await isolate.at(MINUTE)).toEqual(accepted(key));
    expect(await isolate.at(MINUTE + 1_000, "next")).toEqual(accepted(key, next));
    expect(host.asked.length).toBe(2);
    for (let second = 2; second <= 30; second += 1) await isolate.at(MINUTE + second * 1_000, `stranger-${second}`);
    expect(host.asked.length).toBe(2);
    await isolate.at(MINUTE + 31_000, "stranger");
    expect(host.asked.length).toBe(3);
  });

  it("is read from KV if another isolate has fetched it", async () => {
    const isolate = startIsolate();
    await isolate.at(0);
    host.publish(published(key, next));
    await startIsolate().at(MINUTE, "next");
    expect(await isolate.at(MINUTE, "next")).toEqual(accepted(key, next));
    expect(host.asked.length).toBe(2);
  });

  it("causes no write if the set is unchanged", async () => {
    await startIsolate().at(0);
    const before = [...namespace.values];
    await startIsolate().at(MINUTE, "stranger");
    expect(host.asked.length).toBe(2);
    expect([...namespace.values]).toEqual(before);
  });
});

describe("an invalid value in KV", () => {
  const name = () => [...namespace.values.keys()][0] ?? "";
  const stored = () => JSON.parse(namespace.values.get(name()) ?? "{}");

  const invalidValues: readonly [string, () => unknown][] = [
    ["nothing", () => undefined],
    ["a key set in the published form", () => ({ keys: published(forged).map(({ jwk }) => jwk) })],
    ["the stored form without a signature", () => ({ ...stored(), value: { key_set: { keys: [forged?.jwk] } } })],
    [
      "other keys under the signature",
      () => ({ ...stored(), value: { ...stored().value, key_set: { keys: [forged?.jwk] } } }),
    ],
    [
      "one additional key",
      () => ({ ...stored(), value: { ...stored().value, key_set: { keys: [key?.jwk, forged?.jwk] } } }),
    ],
    ["an older set with a newer time", () => ({ ...stored(), made_at: START + 11 * MINUTE })],
    ["a wrong signature", () => ({ ...stored(), value: { ...stored().value, mac: "A".repeat(43) } })],
    ["a signature of another length", () => ({ ...stored(), value: { ...stored().value, mac: "AAAAA" } })],
  ];
  it.each(invalidValues)("is ignored: %s", async (_, make) => {
    await startIsolate().at(0);
    const invalid = JSON.stringify(make()) ?? "";
    namespace.values.set(name(), invalid);
    const isolate = startIsolate();
    host.publish(published(next));
    expect(await isolate.at(11 * MINUTE)).toEqual(accepted(next));
    expect(isolate.failure()).toBe("invalid");
    host.publish(() => new Response(null, { status: 502 }));
    namespace.values.set(name(), invalid);
    expect(await startIsolate().at(11 * MINUTE)).toBe("status 502");
  });

  it("is ignored: the set of another URI", async () => {
    const other = "https://other.example.test/jwks.json";
    await startIsolate().at(0);
    const [, text = ""] = [...namespace.values][0] ?? [];
    await startIsolate().at(0, "key", other);
    const names = [...namespace.values.keys()];
    expect(names).toHaveLength(2);
    namespace.values.set(names[1] ?? "", text);
    host.publish(published(next));
    expect(await startIsolate().at(0, "key", other)).toEqual(accepted(next));
  });

  it("is ignored: a set signed with another secret", async () => {
    await startIsolate("a secret of another deployment, 32+ chars").at(0);
    host.publish(published(next));
    expect(await startIsolate().at(0)).toEqual(accepted(next));
  });

  it("never contains a private part", async () => {
    host.publish(() => Response.json({ keys: [{ ...key?.jwk, d: "secret", x5c: ["MIIB"] }] }));
    await startIsolate().at(0);
    expect(JSON.stringify([...namespace.values])).not.toMatch(/secret|x5c/);
    expect(await startIsolate().at(0)).toEqual(accepted(key));
  });
});
