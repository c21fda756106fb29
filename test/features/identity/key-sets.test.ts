import { beforeAll, describe, expect, it } from "vitest";
import { type KeySets, rememberKeySets } from "#features/identity/key-sets.ts";
import type { SharedKeySets } from "#features/identity/shared-key-sets.ts";
import { type Key, type KeyHost, keySetResponse, makeKey, startKeyHost } from "../../support/issuer.ts";

const uri = "https://login.example.test/jwks.json";
const MINUTE = 60_000;
const HOUR = 3_600_000;

let key: Key;
let next: Key;
beforeAll(async () => {
  [key, next] = await Promise.all([makeKey("key"), makeKey("next")]);
});

/** An isolate without shared key sets, which shared-key-sets.test.ts covers. */
const shared: SharedKeySets = { read: async () => undefined, tell: () => undefined };

const kidsOf = async (keySets: KeySets, now: number, kid = "key") => {
  const answer = await keySets({ uri, kid, now, shared });
  return "failure" in answer ? answer.failure : answer.keySet.keys.map((known) => known.kid).join();
};
const requestsDuring = async (host: KeyHost, action: () => Promise<unknown>) => {
  const before = host.asked.length;
  await action();
  return host.asked.length - before;
};

describe("requests to the host", () => {
  it("are repeated after ten minutes", async () => {
    const host = startKeyHost([key]);
    const keySets = rememberKeySets(host.fetch);
    expect(await requestsDuring(host, () => kidsOf(keySets, 0))).toBe(1);
    expect(await requestsDuring(host, () => kidsOf(keySets, 10 * MINUTE))).toBe(0);
    expect(await requestsDuring(host, () => kidsOf(keySets, 10 * MINUTE + 1))).toBe(1);
  });

  it("for an unknown key are sent at most once in thirty seconds, for all callers together", async () => {
    const host = startKeyHost([key]);
    const keySets = rememberKeySets(host.fetch);
    await kidsOf(keySets, 0);
    expect(await requestsDuring(host, () => kidsOf(keySets, 29_999, "a"))).toBe(0);
    const many = () => Promise.all(Array.from({ length: 50 }, (_, index) => kidsOf(keySets, 30_000, `kid-${index}`)));
    expect(await requestsDuring(host, many)).toBe(1);
    expect(await requestsDuring(host, () => kidsOf(keySets, 59_999, "b"))).toBe(0);
    host.publish([key, next]);
    expect(await kidsOf(keySets, 60_000, "next")).toBe("key,next");
  });

  it("are shared by parallel callers, and each host has its own", async () => {
    const host = startKeyHost([key]);
    const keySets = rememberKeySets(host.fetch);
    const answers = await Promise.all(Array.from({ length: 50 }, () => kidsOf(keySets, 0)));
    expect(new Set(answers)).toEqual(new Set(["key"]));
    await keySets({ uri: "https://other.example.test/keys", kid: "key", now: 0, shared });
    expect(host.asked).toEqual([uri, "https://other.example.test/keys"]);
  });

  it("that fail are repeated after five seconds without keys, and after thirty with keys", async () => {
    const host = startKeyHost(() => new Response(null, { status: 502 }));
    const keySets = rememberKeySets(host.fetch);
    expect(await keySets({ uri, kid: "key", now: 0, shared })).toEqual({ failure: "status 502", retryAfterSeconds: 5 });
    expect(await keySets({ uri, kid: "key", now: 1_500, shared })).toEqual({
      failure: "status 502",
      retryAfterSeconds: 4,
    });
    expect(await requestsDuring(host, () => kidsOf(keySets, 4_999))).toBe(0);
    host.publish([key]);
    expect(await kidsOf(keySets, 5_000)).toBe("key");
    host.publish(() => new Response(null, { status: 502 }));
    expect(await requestsDuring(host, () => kidsOf(keySets, HOUR))).toBe(1);
    expect(await requestsDuring(host, () => kidsOf(keySets, HOUR + 29_999))).toBe(0);
    expect(await requestsDuring(host, () => kidsOf(keySets, HOUR + 30_000))).toBe(1);
  });

  it("are not awaited again if their caller was cancelled", async () => {
    let stuck = true;
    const host = startKeyHost(() => (stuck ? new Promise<Response>(() => {}) : keySetResponse([key])));
    const keySets = rememberKeySets(host.fetch, 10);
    expect(await kidsOf(keySets, 0)).toBe("no answer");
    stuck = false;
    expect(await kidsOf(keySets, 5_000)).toBe("key");
  });
});

describe("stale keys", () => {
  it("are used for a day", async () => {
    const host = startKeyHost([key]);
    const keySets = rememberKeySets(host.fetch);
    await kidsOf(keySets, 0);
    host.publish(() => Promise.reject(new TypeError("network")));
    expect(await kidsOf(keySets, 24 * HOUR)).toBe("key");
    expect(await kidsOf(keySets, 24 * HOUR + 30_000)).toBe("unreachable");
  });
});

describe("invalid key sets", () => {
  const many = (count: number) => ({
    keys: Array.from({ length: count }, (_, index) => ({ ...key.jwk, kid: `k${index}` })),
  });
  const cases: readonly [failure: string, make: (request: Request) => Response][] = [
    ["status 404", () => new Response("{}", { status: 404 })],
    ["status 302", () => new Response(null, { status: 302, headers: { Location: "https://attacker.example/" } })],
    ["status 204", () => new Response(null, { status: 204 })],
    ["not JSON", () => new Response("<html>")],
    ["not JSON", () => new Response("")],
    ["no key set", () => Response.json([])],
    ["no key set", () => Response.json({ keys: {} })],
    ["no key set", () => Response.json({ keys: [] })],
    ["no key set", () => Response.json({ keys: [null, 1, { kty: "oct", k: "AAAA", kid: "key" }] })],
    ["no key set", () => Response.json({ keys: [{ ...key.jwk, kid: undefined }] })],
    ["no key set", () => Response.json(many(101))],
    ["too large", () => Response.json({ ...many(1), padding: "x".repeat(65_536) })],
    ["too large", () => new Response(endless())],
  ];
  it.each(cases)("are reported as: %s", async (failure, make) => {
    expect(await kidsOf(rememberKeySets(startKeyHost(make).fetch), 0)).toBe(failure);
  });

  it("a host that does not respond in time", async () => {
    const slow = (request: Request) =>
      new Promise<Response>((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      });
    expect(await kidsOf(rememberKeySets(startKeyHost(slow).fetch, 5), 0)).toBe("timeout");
  });

  it("the request does not follow redirects, and the response may have any content type", async () => {
    let redirect = "";
    const host = startKeyHost((request) => {
      redirect = request.redirect;
      return new Response(JSON.stringify({ keys: [key.jwk] }), { headers: { "Content-Type": "text/html" } });
    });
    expect(await kidsOf(rememberKeySets(host.fetch), 0)).toBe("key");
    expect(redirect).toBe("manual");
  });

  it("only the public members of usable keys are kept", async () => {
    const jwk = { ...key.jwk, d: "secret", x5c: ["MIIB"], x5u: "https://attacker.example/", extra: {} };
    const host = startKeyHost(() => Response.json({ keys: [{ kty: "AKP", kid: "pq" }, jwk, next.jwk] }));
    const answer = await rememberKeySets(host.fetch)({ uri, kid: "key", now: 0, shared });
    expect(answer).toEqual({ keySet: { keys: [key.jwk, next.jwk] }, isStale: false });
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(16_384).fill(32));
    },
  });
}
