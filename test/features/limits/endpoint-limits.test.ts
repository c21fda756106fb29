/** Limits that endpoints declare themselves, on endpoints of this test. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { type Endpoint, type EndpointCall, endpoint } from "#core/contract/endpoint.ts";
import type { EndpointLimit, Limit } from "#core/contract/limit.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { describeWithLimits } from "#core/openapi/operation.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject } from "#features/limits/object/find-object.ts";
import { declareLimitEndpoints } from "#features/limits/operations/endpoints.ts";
import { declaredPolicies } from "#features/limits/policy/endpoint-limits.ts";
import { OVERRIDES_KEY } from "#features/limits/policy/overrides.ts";
import { createLimitStages } from "#features/limits/stages.ts";
import { from, numberIn, principalNamed, remainingIn, startLimited, statusesOf } from "../../support/limited.ts";
import { admitAll, failingLimiter } from "../../support/limiters.ts";
import { createTestContext } from "../../support/request-context.ts";
import { problemOf } from "../../support/requests.ts";
import { START, startService } from "../../support/service.ts";

const perDay: EndpointLimit = { name: "exports-per-day", per: "account", limit: 3, windowSeconds: 86_400 };
const burst: EndpointLimit = { name: "export-burst", per: "account", capacity: 2, refillPerSecond: 0.1 };
const perAddress: EndpointLimit = { name: "exports-per-address", per: "address", limit: 4, windowSeconds: 3600 };

/** An endpoint with the given limits, at `/v1/NAME`. It costs 5 tokens. */
function endpointWith(
  name: string,
  also: readonly EndpointLimit[],
  more: { readonly idempotency?: "honoured" } = {},
): Endpoint {
  return endpoint({
    contract: {
      operationId: `create${name}`,
      method: "POST",
      path: `/v1/${name}`,
      tag: "Test",
      summary: "Export",
      description: "Exports.",
      success: { kind: "empty", status: 204 },
    },
    policy: {
      access: "public",
      limit: { cost: "write", also },
      cache: "no-store",
      precondition: "none",
      idempotency: more.idempotency ?? "none",
    },
    handler: async () => ({ kind: "empty", status: 204 }),
  });
}

const exportsPath = "/v1/exports";

function startExports(also: readonly EndpointLimit[], as?: Principal) {
  const service = startLimited({
    ...(as === undefined ? {} : { as }),
    extraEndpoints: [endpointWith("exports", also)],
  });
  const send = (init: RequestInit = {}) => service.fetch(exportsPath, { method: "POST", ...init });
  return { ...service, send };
}

const ada = principalNamed("ada");
const bob = principalNamed("bob");

describe("a window per account", () => {
  it("admits its limit in any window, and the headers show it last", async () => {
    const { send, advance } = startExports([perDay], ada);
    const first = await send();
    expect(first.headers.get("RateLimit-Policy")).toMatch(/^"default";.*"exports-per-day";q=3;w=86400$/);
    expect(first.headers.get("RateLimit")).toMatch(/"exports-per-day";r=2;t=86400$/);
    expect(await statusesOf(3, send)).toEqual({ 204: 2, 429: 1 });
    advance(86_399_999);
    expect((await send()).status).toBe(429);
    advance(1);
    expect((await send()).status).toBe(204);
  });

  it("refuses by its name, and takes nothing from the account's other limits", async () => {
    const { send } = startExports([perDay], ada);
    await statusesOf(3, send);
    const refused = await send();
    expect(await problemOf(refused)).toMatchObject({
      detail: "Too many requests. Try again in 24 hours.",
      "violated-policies": ["exports-per-day"],
    });
    expect(numberIn(refused, "Retry-After")).toBe(86_400);
    expect(remainingIn(refused)).toBe(100 - 3 * 5);
    expect(refused.headers.get("RateLimit")).toContain('"address";r=2997;');
  });

  it("loses nothing when another limit refuses", async () => {
    const service = startLimited({
      as: ada,
      extraEndpoints: [endpointWith("exports", [perDay, { ...burst, capacity: 1 }])],
    });
    const send = () => service.fetch(exportsPath, { method: "POST" });
    expect(await statusesOf(9, send)).toEqual({ 204: 1, 429: 8 });
    service.advance(10_000);
    expect((await send()).headers.get("RateLimit")).toContain('"exports-per-day";r=1;');
  });

  it("counts each account by itself, from any address", async () => {
    let principal: Principal = ada;
    const service = startLimited({
      extraEndpoints: [endpointWith("exports", [perDay])],
      dependencies: { authenticate: async () => principal },
    });
    const send = (address: string) => service.fetch(exportsPath, { method: "POST", ...from(address) });
    for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.3"]) expect((await send(address)).status).toBe(204);
    expect((await send("192.0.2.4")).status).toBe(429);
    principal = bob;
    expect((await send("192.0.2.4")).status).toBe(204);
  });

  it("counts anonymous requests by address", async () => {
    const { send } = startExports([perDay]);
    expect(await statusesOf(4, () => send(from("192.0.2.1")))).toEqual({ 204: 3, 429: 1 });
    expect((await send(from("192.0.2.2"))).status).toBe(204);
    expect(remainingIn(await send(from("192.0.2.1")))).toBe(90 - 3 * 5);
  });

  it("is shared by endpoints that declare the same limit", async () => {
    const service = startLimited({
      as: ada,
      extraEndpoints: [endpointWith("exports", [perDay]), endpointWith("copies", [{ ...perDay }])],
    });
    for (const path of [exportsPath, "/v1/copies", exportsPath]) await service.fetch(path, { method: "POST" });
    expect((await service.fetch("/v1/copies", { method: "POST" })).status).toBe(429);
  });

  it("counts a replayed request once", async () => {
    const service = startLimited({
      as: ada,
      extraEndpoints: [endpointWith("exports", [perDay], { idempotency: "honoured" })],
    });
    const headers = { "Idempotency-Key": "one-export" };
    for (let n = 0; n < 5; n += 1) {
      expect((await service.fetch(exportsPath, { method: "POST", headers })).status).toBe(204);
    }
    const last = await service.fetch(exportsPath, { method: "POST", headers });
    expect(last.headers.get("Idempotent-Replayed")).toBe("true");
    expect(last.headers.get("RateLimit")).toContain('"exports-per-day";r=2;');
  });
});

describe("a bucket per account", () => {
  it("admits its capacity at once, and then as it refills", async () => {
    const { send, advance } = startExports([burst], ada);
    expect(await statusesOf(3, send)).toEqual({ 204: 2, 429: 1 });
    const refused = await send();
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["export-burst"] });
    expect(numberIn(refused, "Retry-After")).toBe(10);
    expect(refused.headers.get("RateLimit-Policy")).toMatch(/"export-burst";q=2;w=20$/);
    advance(9999);
    expect((await send()).status).toBe(429);
    advance(1);
    expect(await statusesOf(2, send)).toEqual({ 204: 1, 429: 1 });
  });
});

describe("a window per address", () => {
  it("counts all accounts of an address, and refuses before authentication", async () => {
    let principal: Principal = ada;
    const service = startLimited({
      extraEndpoints: [endpointWith("exports", [perAddress])],
      dependencies: { authenticate: async () => principal },
    });
    const send = (address: string) =>
      service.fetch(exportsPath, { method: "POST", ...from(address, { Authorization: "Bearer test" }) });
    await statusesOf(2, () => send("192.0.2.1"));
    principal = bob;
    expect(await statusesOf(3, () => send("192.0.2.1"))).toEqual({ 204: 2, 429: 1 });
    const refused = await send("192.0.2.1");
    expect(await problemOf(refused)).toMatchObject({ "violated-policies": ["exports-per-address"] });
    // The account's limits are not known yet, and the address loses nothing.
    expect(refused.headers.get("RateLimit")).toMatch(/^"address";r=2996;.*"exports-per-address";r=0;t=3600$/);
    expect((await send("192.0.2.2")).status).toBe(204);
  });

  it("loses nothing when a limit of the account refuses", async () => {
    const { send } = startExports([perDay, perAddress], ada);
    expect(await statusesOf(8, send)).toEqual({ 204: 3, 429: 5 });
    expect((await send()).headers.get("RateLimit")).toContain('"exports-per-address";r=1;');
  });
});

describe("a limit that cannot be counted", () => {
  it.each([
    [undefined, 503],
    ["closed", 503],
    ["open", 204],
  ] as const)("gets the response of its policy: %s is %i", async (whenUnavailable, status) => {
    const limit = whenUnavailable === undefined ? perDay : { ...perDay, whenUnavailable };
    const service = startService({
      as: ada,
      limiter: failingLimiter,
      extraEndpoints: [endpointWith("exports", [limit])],
    });
    expect((await service.fetch(exportsPath, { method: "POST" })).status).toBe(status);
  });
});

describe("the state of declared limits", () => {
  const READ = "/v1/rate-limit";

  it("is part of GET /v1/rate-limit, which takes nothing from them", async () => {
    const service = startLimited({ as: ada, extraEndpoints: [endpointWith("exports", [perDay, burst, perAddress])] });
    await service.fetch(exportsPath, { method: "POST" });
    for (let n = 0; n < 2; n += 1) {
      const { limits } = await (await service.fetch(READ)).json<{ limits: { policy: string; remaining: number }[] }>();
      expect(limits.map(({ policy }) => policy)).toEqual([
        "default",
        "free-day",
        "free-month",
        "address",
        "exports-per-day",
        "export-burst",
        "exports-per-address",
      ]);
      expect(limits.slice(4).map(({ remaining }) => remaining)).toEqual([2, 1, 3]);
    }
  });

  it("is shown and reset for administrators, by account and by address", async () => {
    const context = createTestContext();
    const operations = declareLimitEndpoints([endpointWith("exports", [perDay, burst, perAddress])]);
    const call = async (operationId: string, more: Partial<EndpointCall>) => {
      const found = operations.find(({ contract }) => contract.operationId === operationId);
      const answer = await found?.handler({ ...context, principal: ada, ...more } as EndpointCall); // all that they use
      return answer?.kind === "document" ? JSON.parse(String(answer.content)) : undefined;
    };
    const limiter = createLimiter(() => Date.now(), findObject);
    const key = "user:user_reset";
    const [policy] = declaredPolicies([endpointWith("exports", [perDay])]).map((one) => one.policy);
    if (policy === undefined) throw new Error("the limit is declared");
    await limiter.charge([{ policy, key, cost: 3 }], context);
    const remaining = async (of: string) =>
      (await call("listLimits", { query: { key: of } })).limits
        .map((one: { policy: string; remaining: number }) => `${one.policy} ${one.remaining}`)
        .filter((text: string) => text.startsWith("export"));
    expect(await remaining(key)).toEqual(["exports-per-day 0", "export-burst 2"]);
    await call("createLimitReset", { body: { key } });
    expect(await remaining(key)).toEqual(["exports-per-day 3", "export-burst 2"]);
    expect(await remaining("192.0.2.9")).toEqual(["exports-per-day 3", "export-burst 2", "exports-per-address 4"]);
  });
});

describe("overrides of declared limits", () => {
  afterEach(() => env.LIMITS.delete(OVERRIDES_KEY));

  it("apply, within the same bounds as others", async () => {
    await env.LIMITS.put(OVERRIDES_KEY, JSON.stringify({ "exports-per-day": { limit: 5 } }));
    const { send } = startExports([perDay], ada);
    expect((await send()).headers.get("RateLimit-Policy")).toContain('"exports-per-day";q=5;w=86400');
    await env.LIMITS.put(OVERRIDES_KEY, JSON.stringify({ "exports-per-day": { limit: 31 } }));
    expect((await startExports([perDay], ada).send()).headers.get("RateLimit-Policy")).toContain(
      '"exports-per-day";q=3;',
    );
  });

  it("are written by npm run limits", async () => {
    const context = createTestContext();
    const [, , , , change] = declareLimitEndpoints([endpointWith("exports", [perDay])]);
    await change?.handler({ ...context, body: { policy: "exports-per-day", shadow: true } } as unknown as EndpointCall); // all that it uses
    const { send, lastLog } = startExports([perDay], ada);
    expect(await statusesOf(4, send)).toEqual({ 204: 4 });
    expect(lastLog()["limit.shadow"]).toBe("exports-per-day");
  });
});

describe("limits in their objects", () => {
  it("are counted across isolates", async () => {
    const isolates = [1, 2].map(() =>
      startService({
        as: principalNamed("isolates"),
        limiter: (now) => createLimiter(now, findObject),
        extraEndpoints: [endpointWith("exports", [perDay, { ...burst, capacity: 3 }, perAddress])],
      }),
    );
    const statuses = await Promise.all(
      isolates.flatMap((service) =>
        Array.from({ length: 4 }, async () => (await service.fetch(exportsPath, { method: "POST" })).status),
      ),
    );
    expect(statuses.filter((status) => status === 204)).toHaveLength(3);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  });
});

describe("the description of an operation", () => {
  it("names its limits", () => {
    const limit: Limit = { cost: "write", also: ["login", perDay, burst] };
    expect(describeWithLimits("Exports.", limit)).toBe(
      "Exports. The limit `exports-per-day` allows 3 requests in 86400 seconds for each account. The limit `export-burst` allows 2 requests at once, and one more every 10 seconds for each account.",
    );
  });
});

describe("an invalid declaration is refused when the app is built", () => {
  const build = (...declared: readonly (readonly EndpointLimit[])[]) =>
    createLimitStages(
      admitAll(() => START),
      declared.map((also, index) => endpointWith(`exports${index}`, also)),
    );

  it.each([
    ["no name", [{ ...perDay, name: "Exports!" }], "Exports!.name"],
    ["a name of the service", [{ ...perDay, name: "login" }], "login: another limit has this name"],
    ["two limits of one name", [perDay, { ...perDay, limit: 4 }], "exports-per-day: another limit has this name"],
    ["no entry", [{ ...perDay, limit: 0 }], "exports-per-day.limit: Too small"],
    ["too many entries", [{ ...perDay, limit: 1001 }], "exports-per-day.limit"],
    [
      "a window without an end",
      [{ ...perDay, windowSeconds: Number.POSITIVE_INFINITY }],
      "exports-per-day.windowSeconds",
    ],
    ["half a request", [{ ...burst, capacity: 1.5 }], "export-burst.capacity"],
    ["no refill", [{ ...burst, refillPerSecond: 0 }], "export-burst.refillPerSecond"],
    [
      "a bucket that takes years to fill",
      [{ ...burst, refillPerSecond: 1e-8 }],
      "export-burst.refillPerSecond: must fill",
    ],
  ] as const)("%s", (_, also, message) => {
    expect(() => build(also)).toThrow(RangeError);
    expect(() => build(also)).toThrow(message);
  });

  it("two endpoints with different limits of one name", () => {
    expect(() => build([perDay], [{ ...perDay, per: "address" }])).toThrow("exports-per-day: another limit");
    expect(() => build([perDay], [{ ...perDay }])).not.toThrow();
  });

  it("a limit per account on an endpoint of the OAuth protocol", () => {
    const protocol: ProtocolEndpoint = {
      contract: {
        operationId: "createToken",
        method: "POST",
        path: "/oauth/test",
        tag: "OAuth",
        summary: "Token",
        description: "Token.",
        responses: {},
        security: [],
      },
      limit: { cost: "read", also: [perDay] },
      serve: async () => new Response(),
    };
    expect(() =>
      createLimitStages(
        admitAll(() => START),
        [protocol],
      ),
    ).toThrow("cannot have a limit per account");
    expect(() =>
      createLimitStages(
        admitAll(() => START),
        [{ ...protocol, limit: { cost: "read", also: [perAddress] } }],
      ),
    ).not.toThrow();
  });
});
