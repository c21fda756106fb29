/** Rate limits over HTTP: what a bucket admits, what a refusal contains, and which callers share a bucket. */
import { beforeAll, describe, expect, it } from "vitest";
import { problem } from "#core/http/problem.ts";
import { BLOG, makePost } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import {
  from,
  type Limited,
  numberIn,
  principalNamed,
  remainingIn,
  startLimited,
  statusesOf,
} from "../support/limited.ts";
import { problemOf } from "../support/requests.ts";
import { customer, START, staff } from "../support/service.ts";

beforeAll(createBlog);

/** Costs one token and touches no database. */
const READ = "/.well-known/api-catalog";

async function exhaust(service: Limited, path = READ, init?: RequestInit): Promise<Response> {
  for (let count = 0; count < 10_000; count += 1) {
    const response = await service.fetch(path, init);
    if (response.status === 429) return response;
  }
  throw new Error("never refused");
}

describe("a principal's bucket", () => {
  it("B02 admits its capacity, then refuses with the violated policy and Retry-After", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    expect(await statusesOf(100, () => service.fetch(READ))).toEqual({ 200: 100 });
    const refused = await service.fetch(READ);
    expect(refused.status).toBe(429);
    expect(remainingIn(refused)).toBe(0);
    expect(numberIn(refused, "Retry-After")).toBe(1);
    expect(refused.headers.get("Cache-Control")).toBe("no-store");
    expect(refused.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await problemOf(refused)).toMatchObject({
      code: "QUOTA_EXCEEDED",
      retryable: true,
      "violated-policies": ["default"],
    });
    expect(service.lastLog()).toMatchObject({ "limit.refused": "default", "error.type": "quota-exceeded" });
  });

  it("B03 admits a client that waits for Retry-After, and refuses one that waits less than the refill takes", async () => {
    const service = startLimited({ ...BLOG, as: staff });
    await exhaust(service);
    const write = () => service.fetch("/v1/posts", { method: "POST" });
    const refused = await write();
    expect([refused.status, numberIn(refused, "Retry-After")]).toEqual([429, 1]);
    service.advance(499);
    expect((await write()).status).toBe(429);
    service.advance(501);
    expect((await write()).status).toBe(415);
  });

  it("B04 refills one token every 1/r seconds", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    await exhaust(service);
    service.advance(99);
    expect((await service.fetch(READ)).status).toBe(429);
    service.advance(1);
    expect((await service.fetch(READ)).status).toBe(200);
    expect((await service.fetch(READ)).status).toBe(429);
  });

  it("B05 takes no token for a refusal, not from the address either, and does not move the reset", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    const first = await exhaust(service);
    const again = await exhaust(service);
    for (const name of ["X-RateLimit-Reset", "Retry-After", "RateLimit"]) {
      expect(again.headers.get(name), name).toBe(first.headers.get(name));
    }
    const address = /"address";r=(\d+)/.exec(again.headers.get("RateLimit") ?? "")?.[1];
    expect(address).toBe("2900");
  });

  it("B06 admits exactly its capacity of simultaneous requests", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    const responses = await Promise.all(Array.from({ length: 200 }, () => service.fetch(READ)));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(100);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(100);
  });

  it("B07 returns the second in which it is full, and a Retry-After that reaches the next token", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    await statusesOf(42, () => service.fetch(READ));
    service.advance(130);
    const response = await service.fetch(READ);
    const dateSeconds = Date.parse(response.headers.get("Date") ?? "") / 1000;
    const fullInSeconds = (100 - remainingIn(response)) / 10;
    expect(Math.abs(numberIn(response, "X-RateLimit-Reset") - (dateSeconds + fullInSeconds))).toBeLessThanOrEqual(1);
    const refused = await exhaust(service);
    const next = Number(/;t=(\d+)/.exec(refused.headers.get("RateLimit") ?? "")?.[1]);
    expect(numberIn(refused, "Retry-After")).toBeGreaterThanOrEqual(next);
  });

  it("B08 is shared by all tokens and API keys of an account", async () => {
    const credentials = [
      principalNamed("one", { clientId: "app-1" }),
      principalNamed("one", { clientId: "app-2" }),
      principalNamed("one", { credential: "api-key" }),
    ];
    let turn = 0;
    const service = startLimited({
      ...BLOG,
      dependencies: { authenticate: async () => credentials[turn++ % 3] ?? customer },
    });
    expect(remainingIn(await service.fetch(READ))).toBe(99);
    expect(remainingIn(await service.fetch(READ))).toBe(98);
    expect(remainingIn(await service.fetch(READ))).toBe(97);
  });

  it("B08 is not shared between accounts", async () => {
    let name = "one";
    const service = startLimited({ ...BLOG, dependencies: { authenticate: async () => principalNamed(name) } });
    await exhaust(service);
    name = "two";
    expect(remainingIn(await service.fetch(READ))).toBe(99);
  });

  it("has the rate and the quotas of the caller's plan", async () => {
    const service = startLimited({ ...BLOG, as: principalNamed("pro", { plan: "pro" }) });
    const { headers } = await service.fetch(READ);
    expect(headers.get("RateLimit-Policy")).toMatch(/^"pro";q=1000;w=10, "pro-day";q=1000000;w=86400, "pro-month"/);
    expect(headers.get("X-RateLimit-Limit")).toBe("1000");
  });
});

describe("an address's bucket", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1", "the same"],
    ["::ffff:192.0.2.1", "192.0.2.1", "IPv4 in IPv6"],
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "one /64"],
    ["", "nonsense", "no readable address"],
  ])("B09 is shared by %s and %s: %s", async (one, other) => {
    const service = startLimited(BLOG);
    expect(remainingIn(await service.fetch(READ, from(one)))).toBe(89);
    expect(remainingIn(await service.fetch(READ, from(other)))).toBe(88);
  });

  it.each([
    ["192.0.2.1", "192.0.2.2"],
    ["2001:db8:1:2::1", "2001:db8:1:3::1"],
  ])("B09 is not shared by %s and %s", async (one, other) => {
    const service = startLimited(BLOG);
    await service.fetch(READ, from(one));
    expect(remainingIn(await service.fetch(READ, from(other)))).toBe(89);
  });

  it("B09 limits the whole of a /56 network", async () => {
    const service = startLimited(BLOG);
    let sent = 0;
    const refused = await (async () => {
      for (let network = 0; network < 256; network += 1) {
        for (let count = 0; count < 50; count += 1) {
          const response = await service.fetch(READ, from(`2001:db8:1:${network.toString(16)}::1`));
          if (response.status === 429) return response;
          sent += 1;
        }
      }
      throw new Error("never refused");
    })();
    expect(sent).toBe(360);
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["anonymous-56"] });
  });

  it("B09 ignores X-Forwarded-For", async () => {
    const service = startLimited(BLOG);
    for (const [index, forged] of ["198.51.100.1", "198.51.100.2", "2001:db8::1"].entries()) {
      const response = await service.fetch(READ, from("192.0.2.1", { "X-Forwarded-For": forged, Forwarded: forged }));
      expect(remainingIn(response)).toBe(89 - index);
    }
  });
});

describe("costs", () => {
  it.each([
    ["GET", "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz", 1],
    ["GET", "/v1/posts", 2],
    ["HEAD", "/v1/posts", 2],
    ["GET", "/v1/comments?include=user,post", 4],
    ["GET", "/v1/posts?include=user,post", 2],
    ["POST", "/v1/posts", 5],
    ["PATCH", "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz", 5],
    ["DELETE", "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz", 5],
    ["GET", "/v1/rate-limit", 0],
  ])("B10 %s %s costs %i", async (method, path, cost) => {
    const service = startLimited({ ...BLOG, as: staff });
    const response = await service.fetch(path, { method });
    expect(100 - remainingIn(response)).toBe(cost);
  });

  it("B10 every applicable limit is listed in the headers", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    const { headers } = await service.fetch(READ);
    expect(headers.get("RateLimit-Policy")).toBe(
      '"default";q=100;w=10, "free-day";q=50000;w=86400, "free-month";q=1000000;w=2592000, "address";q=3000;w=2',
    );
    expect(headers.get("RateLimit")).toBe(
      '"default";r=99;t=1, "free-day";r=49999;t=2, "free-month";r=999999;t=3, "address";r=2999;t=1',
    );
  });
});

describe("refunds", () => {
  it("B11 an authenticated 304 takes no token from the account, but counts for the address", async () => {
    const service = startLimited({ ...BLOG, as: staff });
    const { path, etag } = await makePost(service);
    const before = remainingIn(await service.fetch(READ));
    const unchanged = await service.fetch(path, { headers: { "If-None-Match": etag } });
    expect([unchanged.status, remainingIn(unchanged)]).toEqual([304, before]);
    expect(unchanged.headers.get("RateLimit")).toMatch(/"address";r=2997/);
    expect(remainingIn(await service.fetch(READ))).toBe(before - 1);
  });

  it("B11 an anonymous 304 costs as much as a 200", async () => {
    const { path, etag } = await makePost(startLimited({ ...BLOG, as: staff }));
    const service = startLimited(BLOG);
    const unchanged = await service.fetch(path, { headers: { "If-None-Match": etag } });
    expect([unchanged.status, remainingIn(unchanged)]).toEqual([304, 89]);
    expect(remainingIn(await service.fetch(path))).toBe(88);
  });
});

describe("unidentified callers", () => {
  const bad = from("192.0.2.7", { Authorization: "Bearer nonsense" });

  it("B12 invalid credentials are charged to the address, and the response shows no account's limits", async () => {
    const service = startLimited(BLOG);
    const refused = await service.fetch(READ, bad);
    expect([refused.status, remainingIn(refused)]).toEqual([401, 89]);
    expect(refused.headers.get("RateLimit-Policy")).toBe('"anonymous";q=90;w=10, "address";q=3000;w=2');
    expect(remainingIn(await service.fetch(READ, from("192.0.2.7")))).toBe(88);
  });

  it("B12 a client that guesses credentials gets 429, while valid ones from the same address are accepted", async () => {
    let isGood = false;
    const service = startLimited({
      ...BLOG,
      dependencies: {
        authenticate: async () => {
          if (isGood) return customer;
          throw problem("unauthorized", { headers: { "WWW-Authenticate": "Bearer" } });
        },
      },
    });
    expect(await statusesOf(90, () => service.fetch(READ, bad))).toEqual({ 401: 90 });
    const stopped = await service.fetch(READ, bad);
    expect(stopped.status).toBe(429);
    expect(stopped.headers.get("WWW-Authenticate")).toBeNull();
    expect(numberIn(stopped, "Retry-After")).toBe(1);
    expect(remainingIn(stopped)).toBe(0);
    // The refusal took nothing of the other limit either.
    expect(stopped.headers.get("RateLimit")).toMatch(/"address";r=2910/);
    expect(service.lastLog()).toMatchObject({ "http.response.status_code": 429, "limit.refused": "anonymous" });
    isGood = true;
    expect((await service.fetch(READ, bad)).status).toBe(200);
  });

  it.each([
    ["GET", "/nowhere", 404],
    ["PUT", "/v1/posts", 405],
    ["GET", `/nowhere?${"x".repeat(8192)}`, 414],
  ])("B12 %s %s is charged to the address", async (method, path, status) => {
    const service = startLimited(BLOG);
    const response = await service.fetch(path, { method });
    expect([response.status, remainingIn(response)]).toEqual([status, 89]);
    await exhaust(service);
    expect((await service.fetch(path, { method })).status).toBe(status);
  });
});

describe("unmetered operations", () => {
  it.each([
    ["OPTIONS", "/v1/posts"],
    ["OPTIONS", "/nowhere"],
    ["GET", "/livez"],
    ["GET", "/readyz"],
    ["GET", "/health"],
    ["GET", "/assets/sluice.css"],
  ])("B13 %s %s", async (method, path) => {
    const service = startLimited(BLOG);
    const { headers } = await service.fetch(path, { method });
    expect([headers.get("X-RateLimit-Limit"), headers.get("RateLimit")]).toEqual([null, null]);
    expect(service.limiter.calls).toEqual([]);
  });

  it("B13 reading the state of the limits is free, even with no tokens left", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    await exhaust(service);
    const response = await service.fetch("/v1/rate-limit");
    expect(response.status).toBe(200);
    const { limits } = await response.json<{ limits: { policy: string }[] }>();
    expect(limits[0]).toEqual({ policy: "default", limit: 100, remaining: 0, reset: START / 1000 + 10 });
    expect(limits.map(({ policy }) => policy)).toEqual(["default", "free-day", "free-month", "address"]);
    expect(numberIn(response, "X-RateLimit-Reset")).toBe(START / 1000 + 10);
  });

  it("B13 an anonymous caller reads the limits of its address without changing them", async () => {
    const service = startLimited(BLOG);
    await service.fetch(READ);
    const response = await service.fetch("/v1/rate-limit");
    const { limits } = await response.json<{ limits: unknown[] }>();
    expect(limits[0]).toEqual({ policy: "anonymous", limit: 90, remaining: 89, reset: START / 1000 + 1 });
    expect(remainingIn(await service.fetch(READ))).toBe(88);
  });
});

describe("the order of refusals", () => {
  const refusal = problem("unauthorized", { headers: { "WWW-Authenticate": "Bearer" } });
  const unknown = { authenticate: async () => Promise.reject(refusal) };

  it("0 an unknown path is 404 and an unsupported method 405, even with no tokens left", async () => {
    const service = startLimited(BLOG);
    await exhaust(service);
    expect((await service.fetch("/nowhere")).status).toBe(404);
    expect((await service.fetch(READ, { method: "PUT" })).status).toBe(405);
  });

  it("0 an address with no tokens left gets 429 before authentication", async () => {
    const service = startLimited(BLOG);
    await exhaust(service);
    expect((await service.fetch("/v1/users")).status).toBe(429);
  });

  it("0 invalid credentials get 401 before the limits of an account apply", async () => {
    const service = startLimited({ ...BLOG, dependencies: unknown });
    expect((await service.fetch("/v1/users")).status).toBe(401);
  });

  it("0 a principal with no tokens left gets 429 before authorization", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    expect((await service.fetch("/v1/posts", { method: "POST" })).status).toBe(403);
    await exhaust(service);
    expect((await service.fetch("/v1/posts", { method: "POST" })).status).toBe(429);
  });

  it("0 a 429 does not depend on conditional headers", async () => {
    const service = startLimited({ ...BLOG, as: customer });
    await exhaust(service);
    expect((await service.fetch(READ, { headers: { "If-None-Match": "*", "If-Match": '"x"' } })).status).toBe(429);
  });
});
