/** Rate limit headers and log fields: which responses have them, and what happens when the limiter fails. */
import { env } from "cloudflare:workers";
import { type Item, parseList } from "structured-headers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endpoint } from "#core/contract/endpoint.ts";
import type { Limit } from "#core/contract/limit.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { OVERRIDES_KEY } from "#features/limits/policy/overrides.ts";
import { ALARM_REFUSALS } from "#features/limits/refusal-alarms.ts";
import document from "#schema/openapi/openapi.json";
import { protocolEndpoints } from "../../src/modules.ts";
import { from, numberIn, remainingIn, startLimited, statusesOf } from "../support/limited.ts";
import { failingLimiter } from "../support/limiters.ts";
import { problemOf } from "../support/requests.ts";
import { customer, ORIGIN, staff, startService } from "../support/service.ts";

const READ = "/.well-known/api-catalog";

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}

const operations = Object.entries(document.paths as unknown as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, "nothing"),
      isMetered: "429" in responses,
    })),
);

function listIn(response: Response, name: string) {
  return parseList(response.headers.get(name) ?? "").map((member) => member as Item); // the headers contain no inner lists
}

function expectLimitHeaders(response: Response): void {
  const limit = numberIn(response, "X-RateLimit-Limit");
  expect(numberIn(response, "X-RateLimit-Remaining")).toBeLessThanOrEqual(limit);
  numberIn(response, "X-RateLimit-Reset");
  const policies = listIn(response, "RateLimit-Policy");
  const standings = listIn(response, "RateLimit");
  expect(standings.map(([name]) => name)).toEqual(policies.map(([name]) => name));
  expect(policies[0]?.[1].get("q")).toBe(limit);
  for (const [name, parameters] of policies) {
    expect(typeof name).toBe("string");
    expect(parameters.get("w")).toBeGreaterThan(0);
  }
  for (const [, parameters] of standings) {
    for (const key of ["r", "t"]) expect(Number.isInteger(parameters.get(key)), key).toBe(true);
  }
}

describe("every response of a metered operation", () => {
  it.each(operations.filter(({ isMetered }) => isMetered))("B01 $name", async ({ method, path }) => {
    for (const as of [undefined, staff]) {
      const service = startLimited(as === undefined ? {} : { as });
      const response = await service.fetch(path, { method });
      expect(response.status).toBeLessThan(500);
      expectLimitHeaders(response);
      // B14: a cache must not serve old rate limit headers.
      expect(response.headers.get("Cache-Control")).not.toMatch(/max-age=[1-9]/);
    }
  });

  it("B01 excludes only the listed unmetered operations", () => {
    const unmetered = operations.filter(({ isMetered }) => !isMetered).map(({ name }) => name);
    expect(unmetered.sort()).toEqual([
      "GET /.well-known/oauth-authorization-server",
      "GET /.well-known/oauth-protected-resource",
      "GET /.well-known/openid-configuration",
      "GET /.well-known/security.txt",
      "GET /assets/scripts/{name}",
      "GET /assets/sluice.css",
      "GET /assets/sluice.svg",
      "GET /favicon.ico",
      "GET /health",
      "GET /livez",
      "GET /oauth/jwks",
      "GET /readyz",
      "GET /robots.txt",
    ]);
  });

  it("B01 has limit headers when it is a 429", async () => {
    const service = startLimited();
    await statusesOf(90, () => service.fetch(READ));
    const refused = await service.fetch(READ);
    expect(refused.status).toBe(429);
    expectLimitHeaders(refused);
  });

  it("B14 has the current limits, even if its body is cacheable", async () => {
    const service = startLimited();
    expect(remainingIn(await service.fetch(READ))).toBe(89);
    expect(remainingIn(await service.fetch(READ))).toBe(88);
  });

  it("B15 exposes its limit headers to scripts of allowed origins, a 429 too", async () => {
    const service = startLimited();
    const crossing = from("192.0.2.1", { Origin: ORIGIN });
    const admitted = await service.fetch(READ, crossing);
    await statusesOf(89, () => service.fetch(READ, crossing));
    const refused = await service.fetch(READ, crossing);
    expect([admitted.status, refused.status]).toEqual([200, 429]);
    for (const { headers } of [admitted, refused]) {
      const exposed = (headers.get("Access-Control-Expose-Headers") ?? "").split(", ");
      expect(exposed).toEqual(
        expect.arrayContaining([
          "RateLimit",
          "RateLimit-Policy",
          "Retry-After",
          "X-RateLimit-Limit",
          "X-RateLimit-Remaining",
          "X-RateLimit-Reset",
        ]),
      );
    }
  });
});

/** An operation that responds when the test calls `waiting`. */
function slowEndpoint() {
  const waiting: (() => void)[] = [];
  const slow = endpoint({
    contract: {
      operationId: "readSlowly",
      method: "GET",
      path: "/v1/slow",
      tag: "Slow",
      summary: "Slow",
      description: "Slow.",
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", limit: { cost: "free" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: () => new Promise((resolve) => waiting.push(() => resolve({ kind: "empty", status: 204 }))),
  });
  return { slow, waiting };
}

describe("simultaneous requests of an account", () => {
  it("B16 beyond the cap are refused with the policy `concurrent` and take no tokens", async () => {
    const { slow, waiting } = slowEndpoint();
    const service = startLimited({ as: customer, extraEndpoints: [slow] });
    const begun = Array.from({ length: 200 }, () => service.fetch("/v1/slow"));
    while (waiting.length < 200) await new Promise((resolve) => setTimeout(resolve)); // lets the platform's event loop run
    const refused = await service.fetch(READ);
    expect(refused.status).toBe(429);
    expect(numberIn(refused, "Retry-After")).toBe(1);
    expect(remainingIn(refused)).toBe(100);
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["concurrent"] });
    for (const end of waiting) end();
    await Promise.all(begun);
    expect((await service.fetch(READ)).status).toBe(200);
  });
});

/** An endpoint of another standard, such as OAuth. */
function protocolWith(
  limit: Limit,
  security: ProtocolEndpoint["contract"]["security"] = [],
  serve: ProtocolEndpoint["serve"] = async () => new Response(null, { status: 204 }),
): ProtocolEndpoint {
  return {
    contract: {
      operationId: "createToken",
      method: "POST",
      path: "/oauth/token-of-a-test",
      tag: "OAuth",
      summary: "Token",
      description: "Token.",
      responses: {},
      security,
    },
    limit,
    serve,
  };
}

const TOKEN = "/oauth/token-of-a-test";

describe("endpoints of other standards", () => {
  it("B01 are metered by the address and have limit headers", async () => {
    const service = startRaw([protocolWith({ cost: "read", also: ["token"] })]);
    const response = await service.post();
    expectLimitHeaders(response);
    expect(response.headers.get("RateLimit-Policy")).toBe('"anonymous";q=90;w=10, "token";q=120;w=60');
  });

  it("B02 admit exactly as many attempts as the window allows", async () => {
    const service = startRaw([protocolWith({ cost: "read", also: ["token"] }, ["client"])]);
    const attempt = () => service.post({ Authorization: "Basic YTpi" });
    expect(await statusesOf(120, attempt)).toEqual({ 204: 120 });
    const refused = await attempt();
    expect(refused.status).toBe(429);
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["token"] });
    expect(numberIn(refused, "Retry-After")).toBe(60);
    service.advance(60_000);
    expect((await attempt()).status).toBe(204);
  });

  it("B09 that check no credentials charge the policy `anonymous`, even if credentials are sent", async () => {
    const service = startRaw([protocolWith({ cost: "read" })]);
    const request = () => service.post({ Authorization: "x" });
    expect((await request()).headers.get("RateLimit-Policy")).toBe('"anonymous";q=90;w=10');
    expect(await statusesOf(90, request)).toEqual({ 204: 89, 429: 1 });
  });

  it("B09 that check credentials charge the policies `address` and `token`", async () => {
    const service = startRaw([protocolWith({ cost: "read", also: ["token"] }, ["client"])]);
    const { headers } = await service.post({ Authorization: "Basic YTpi" });
    expect(headers.get("RateLimit-Policy")).toBe('"address";q=3000;w=2, "token";q=120;w=60');
  });

  it("B09 of the service that check credentials all charge the policy `token`", () => {
    const judging = protocolEndpoints.filter(({ contract }) => contract.security.length > 0);
    expect(judging.length).toBeGreaterThan(3);
    for (const { contract, limit } of judging) {
      expect(limit === "unmetered" ? undefined : limit.also, contract.operationId).toEqual(["token"]);
    }
  });

  it("B16 admit 120 simultaneous requests of an address; more are refused and take no tokens", async () => {
    const waiting: (() => void)[] = [];
    const serve = () =>
      new Promise<Response>((resolve) => void waiting.push(() => resolve(new Response(null, { status: 204 }))));
    const service = startRaw([protocolWith({ cost: "free" }, [], serve)]);
    const begun = Array.from({ length: 120 }, () => service.post());
    while (waiting.length < 120) await new Promise((resolve) => setTimeout(resolve)); // lets the platform's event loop run
    const refused = await service.post();
    expect([refused.status, numberIn(refused, "Retry-After"), remainingIn(refused)]).toEqual([429, 1, 90]);
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["concurrent"] });
    const elsewhere = service.post({ "CF-Connecting-IP": "192.0.2.9" });
    while (waiting.length < 121) await new Promise((resolve) => setTimeout(resolve)); // as above
    for (const end of waiting) end();
    expect((await elsewhere).status).toBe(204);
    await Promise.all(begun);
  });

  it("B16 stop waiting for an unfinished body after 30 seconds", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const settings = vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) => {
      if (ms === 30_000) void promise.then(run);
      return 0;
    }) as typeof setTimeout); // only these members are called
    try {
      const service = startLimited({ protocols: [protocolWith({ cost: "read" })] });
      const body = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
      const response = service.fetch(TOKEN, { method: "POST", body });
      await vi.waitUntil(() => settings.mock.calls.some(([, ms]) => ms === 30_000));
      resolve(undefined);
      expect((await response).status).toBe(400);
    } finally {
      settings.mockRestore();
    }
  });
});

/** A service with protocol endpoints of the test, which are not in the OpenAPI document. */
function startRaw(protocols: readonly ProtocolEndpoint[]) {
  const service = startLimited({ protocols });
  return {
    advance: service.advance,
    post: (headers: Record<string, string> = {}) => service.fetch(TOKEN, { method: "POST", headers }),
  };
}

describe("a failing limiter", () => {
  it("B17 admits reads, logs the failure and sends no limit headers", async () => {
    const service = startService({ as: customer, limiter: failingLimiter });
    const response = await service.fetch(READ);
    expect(response.status).toBe(200);
    expect(response.headers.get("X-RateLimit-Remaining")).toBeNull();
    expect(JSON.parse(service.logs[0] ?? "{}")).toMatchObject({
      "limit.failed": "anonymous default free-day free-month",
      "limit.source": "failed",
    });
  });

  it("B17 refuses authentication attempts with 503", async () => {
    const service = startService({
      protocols: [protocolWith({ cost: "read", also: ["token"] })],
      limiter: failingLimiter,
    });
    const response = await service.fetch(TOKEN, { method: "POST" });
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("5");
    expect(service.logs[0]).toContain("limits cannot be counted: token");
  });
});

describe("limit overrides", () => {
  afterEach(() => env.LIMITS.delete(OVERRIDES_KEY));

  it("B02 apply after 30 seconds", async () => {
    const service = startLimited({ as: customer });
    expect(remainingIn(await service.fetch(READ))).toBe(99);
    await env.LIMITS.put(OVERRIDES_KEY, JSON.stringify({ default: { capacity: 50, refill_per_second: 5 } }));
    service.advance(29_999);
    expect(numberIn(await service.fetch(READ), "X-RateLimit-Limit")).toBe(100);
    service.advance(1);
    const { headers } = await service.fetch(READ);
    expect(headers.get("RateLimit-Policy")).toMatch(/^"default";q=50;w=10,/);
  });

  it.each([
    '{"default":{"capacity":1000000}}',
    '{"defualt":{}}',
    '{"default":{"mode":"exact"}}',
    "[]",
    "{",
    '{"login":{"limit":0}}',
  ])("B02 are ignored if they are invalid: %s", async (text) => {
    await env.LIMITS.put(OVERRIDES_KEY, text);
    const service = startLimited({ as: customer });
    expect(numberIn(await service.fetch(READ), "X-RateLimit-Limit")).toBe(100);
    expect(service.lastLog()["limit.overrides"]).toBe("invalid");
  });

  it("B02 with `shadow` refuse no request, and the log names the policy that would have refused", async () => {
    await env.LIMITS.put(OVERRIDES_KEY, JSON.stringify({ default: { shadow: true } }));
    const service = startLimited({ as: customer });
    expect(await statusesOf(100, () => service.fetch(READ))).toEqual({ 200: 100 });
    expect(service.lastLog()["limit.shadow"]).toBeUndefined();
    const beyond = await service.fetch(READ);
    expect(beyond.status).toBe(200);
    expect(beyond.headers.get("RateLimit-Policy")).toMatch(/^"free-day"/);
    expect(service.lastLog()).toMatchObject({ "limit.shadow": "default" });
    expect(service.lastLog()["limit.refused"]).toBeUndefined();
  });
});

describe("the shield", () => {
  const flooded = (success: boolean | Error) => ({
    SHIELD: {
      limit: async () => {
        if (success instanceof Error) throw success;
        return { success };
      },
    } as RateLimit, // only this method is called
  });

  it("B02 refuses a flood before any other limit is charged", async () => {
    const service = startLimited({ bindings: flooded(false) });
    const refused = await service.fetch(READ);
    expect(refused.status).toBe(429);
    expectLimitHeaders(refused);
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["shield"] });
    expect(service.limiter.calls).toEqual([]);
  });

  it("B17 admits the request if its binding fails", async () => {
    const service = startLimited({ bindings: flooded(new Error("gone")) });
    expect((await service.fetch(READ)).status).toBe(200);
    expect(service.lastLog()["limit.failed"]).toBe("shield");
  });
});

describe("continued refusals", () => {
  it("K04 log one alarm per minute, which names only the policy", async () => {
    const service = startLimited();
    await statusesOf(90, () => service.fetch(READ));
    await statusesOf(ALARM_REFUSALS * 2, () => service.fetch(READ));
    const alarms = service.logs.map((line) => JSON.parse(line)["limit.alarm"]).filter(Boolean);
    expect(alarms).toEqual(["anonymous"]);
  });
});
