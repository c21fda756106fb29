/** Trace context, and the one log line of each request (section k). */
import { beforeAll, describe, expect, it } from "vitest";
import { startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { type Service, type ServiceOptions, START } from "../support/service.ts";
import { asStaff, bind, FAILURES, MISSING, post, throwing } from "./failures.ts";

beforeAll(createBlog);

type Line = Readonly<Record<string, unknown>>;

/** The parsed lines of a service's log. */
function linesOf(service: Service): Line[] {
  return service.logs.map((line) => {
    expect(line).not.toMatch(/[\r\n]/);
    return JSON.parse(line) as Line;
  });
}

async function onlyLine(path: string, init?: RequestInit, options: ServiceOptions = {}): Promise<Line> {
  const service = startBlog(options);
  await service.fetch(path, init);
  const [line, ...others] = linesOf(service);
  expect(others).toEqual([]);
  return line ?? {};
}

describe("traceparent", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";
  const SPAN = "b7ad6b7169203331";
  const traced = async (headers: [string, string][]) => {
    const service = startBlog();
    const response = await service.fetch("/v1/posts", { headers });
    const [line] = linesOf(service);
    const [version, traceId, spanId, flags] = response.headers.get("traceparent")?.split("-") ?? [];
    expect(version).toBe("00");
    expect(line).toMatchObject({ trace_id: traceId, span_id: spanId });
    return { traceId, spanId, flags };
  };

  it.each([
    ["00", "00"],
    ["01", "01"],
    ["02", "02"],
    ["03", "03"],
    ["fd", "01"],
    ["fe", "02"],
  ])("K02 with valid flags %s is continued with a new span and flags %s", async (sent, expected) => {
    const { traceId, spanId, flags } = await traced([["traceparent", `00-${TRACE}-${SPAN}-${sent}`]]);
    expect(traceId).toBe(TRACE);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(spanId).not.toBe(SPAN);
    expect(flags).toBe(expected);
  });

  it("K02 of a later version is continued by its known fields", async () => {
    expect((await traced([["traceparent", `cc-${TRACE}-${SPAN}-01-later`]])).traceId).toBe(TRACE);
  });

  it.each([
    ["upper case", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["no trace", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["no span", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${TRACE}-${SPAN}-01`],
    ["too short", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["too long", `00-${TRACE}-${SPAN}-01-x`],
    ["text", "text"],
    ["an empty value", ""],
  ])("K02 with %s is ignored and starts a new trace", async (_, sent) => {
    const { traceId } = await traced([
      ["traceparent", sent],
      ["tracestate", "a=1"],
    ]);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(TRACE);
  });

  it("K02 sent twice is ignored", async () => {
    const { traceId } = await traced([
      ["traceparent", `00-${TRACE}-${SPAN}-01`],
      ["traceparent", `00-${TRACE}-${SPAN}-01`],
    ]);
    expect(traceId).not.toBe(TRACE);
  });
});

describe("the log line", () => {
  it("K04 uses OpenTelemetry's field names", async () => {
    const line = await onlyLine(MISSING, {
      method: "HEAD",
      headers: { "User-Agent": "test/1", "CF-Connecting-IP": "203.0.113.77", "X-Correlation-Id": "c-1" },
    });
    expect(line).toEqual({
      timestamp: new Date(START).toISOString(),
      level: "info",
      message: "request",
      "http.request.method": "HEAD",
      "url.path": MISSING,
      "url.scheme": "https",
      "http.route": "/v1/posts/{id}",
      "http.response.status_code": 404,
      "http.server.request.duration": 0,
      "server.address": "api.example.test",
      "client.address": "203.0.113.0",
      "user_agent.original": "test/1",
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      correlation_id: "c-1",
      "principal.kind": "anonymous",
      "limit.source": "object",
      "api.operation": "readPost",
      "db.round_trips": 1,
      "platform.objects": 0,
      "platform.kv": 1,
      "platform.cache": expect.any(Number),
      "answer.source": "handler",
      "error.type": "not-found",
    });
  });

  it("K04 measures the duration in seconds", async () => {
    let now = START;
    function tick() {
      now += 250;
      return now;
    }
    const line = await onlyLine("/livez", {}, { dependencies: { now: tick } });
    expect(line["http.server.request.duration"]).toBe(0.25);
  });

  it("K04 is written once for each request, with any outcome", async () => {
    const failures = FAILURES.filter(({ path }) => path !== "");
    for (const { name, path, init, options } of failures) {
      const service = startBlog(options);
      const response = await service.fetch(path, init);
      const lines = linesOf(service);
      expect(lines, name).toHaveLength(1);
      expect(lines[0], name).toMatchObject({ "http.response.status_code": response.status });
    }
    for (const method of ["GET", "HEAD", "OPTIONS"]) await onlyLine("/v1/posts", { method });
    await onlyLine("/livez", {}, bind({ SLUICE_SECRET: "" }));
  });

  it("K04 is written once for each of several simultaneous requests", async () => {
    const service = startBlog();
    const ids = Array.from({ length: 20 }, (_, index) => `c-${index}`);
    await Promise.all(ids.map((id) => service.fetch("/v1/posts", { headers: { "X-Correlation-Id": id } })));
    expect(
      linesOf(service)
        .map((line) => line["correlation_id"])
        .sort(),
    ).toEqual(ids.sort());
  });

  it("K04 contains the template of the route", async () => {
    const routes = new Set<unknown>();
    for (const method of ["GET", "PUT", "OPTIONS", "DELETE"]) {
      for (const id of ["a", "b", "%00", "post_01hk2nvj80e8ev3rx1q7t4d6zz"]) {
        routes.add((await onlyLine(`/v1/posts/${id}`, { method }))["http.route"]);
      }
    }
    for (const path of ["/x", "/y/z", "/v1/other"]) routes.add((await onlyLine(path))["http.route"]);
    expect([...routes]).toEqual(["/v1/posts/{id}", undefined]);
    expect((await onlyLine("/livez"))["http.route"]).toBe("/livez");
  });

  it("K04 G09 cannot be forged", async () => {
    const evil = '"}\u2028{"level":"info","correlation_id":"forged"} ';
    const line = await onlyLine(`/v1/${encodeURIComponent(`\r\n${evil}`)}`, {
      headers: { "User-Agent": evil.replace("\u2028", "\\r\\n"), "X-Correlation-Id": evil.replace("\u2028", "") },
    });
    expect(line["level"]).toBe("info");
    expect(line["correlation_id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(line["url.path"]).toMatch(/^\/v1\/%0D%0A%22/);
  });

  it("K04 truncates long values of clients", async () => {
    const service = startBlog();
    await service.fetch(`/v1/${"a".repeat(8000)}`, { headers: { "User-Agent": "b".repeat(8000) } });
    expect(service.logs[0]?.length).toBeLessThan(3000);
  });

  it.each([
    ["203.0.113.77", "203.0.113.0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::"],
    ["2001:db8::1", "2001:db8::"],
    ["::ffff:203.0.113.77", "203.0.113.0"],
    ["not an address", undefined],
  ])("K04 truncates the client address %s to %s", async (address, logged) => {
    expect((await onlyLine("/livez", { headers: { "CF-Connecting-IP": address } }))["client.address"]).toBe(logged);
  });

  it("K04 contains no credentials, bodies or query values", async () => {
    const CANARY = "canary7f3a";
    const headers = {
      Cookie: `session=${CANARY}`,
      DPoP: CANARY,
      "Proxy-Authorization": `Basic ${CANARY}`,
      "X-Api-Key": CANARY,
      "X-Forwarded-For": CANARY,
      Referer: `https://a.example/?token=${CANARY}`,
    };
    const body = { title: CANARY, topic: "garden" };
    const sent: [string, RequestInit, ServiceOptions][] = [
      ["/v1/posts", { headers: { ...headers, Authorization: `Bearer ${CANARY}` } }, {}],
      [`/v1/posts?q=${CANARY}&filter[topic]=${CANARY}`, { headers }, {}],
      [`/v1/posts?access_token=${CANARY}`, { headers }, {}],
      [`/v1/posts?cursor=${CANARY}`, { headers }, {}],
      ["/v1/posts", post(JSON.stringify(body), { ...headers, "Content-Type": "application/json" }), asStaff],
      ["/v1/posts", post(`{"${CANARY}":1`, { ...headers, "Content-Type": "application/json" }), asStaff],
      ["/v1/posts", post(`{"${CANARY}":1}`, { ...headers, "Content-Type": "application/json" }), asStaff],
      [`/v1/throws-error?x=${CANARY}`, { headers }, { extraEndpoints: throwing }],
      [`/v1/posts?q=${CANARY}`, { headers }, { bindings: { DB: brokenDatabase("D1_ERROR") } }],
      [MISSING, { headers }, { bindings: { DB: brokenDatabase("D1_ERROR") } }],
      ["/v1/posts", { headers }, bind({ SLUICE_SECRET: CANARY })],
      ["/v1/posts", { headers }, bind({ SLUICE_CORS_ORIGINS: CANARY })],
    ];
    for (const [path, init, options] of sent) {
      const service = startBlog(options);
      await service.fetch(path, init);
      expect(service.logs).toHaveLength(1);
      expect(service.logs[0]).not.toContain(CANARY);
    }
  });

  it("K04 contains no secret of a link, even with text appended to it", async () => {
    const secret = "pT3XyqAqU4m1gqkA7f4m0cQYkz0nU8pW5cVY1r8vTn4";
    for (const path of [
      `/reset/${secret}`,
      `/reset/${secret}/`,
      `/RESET/${secret}`,
      `/verify/${secret}.`,
      `/verify/${secret}%20and`,
      `/oauth/interaction/${secret}/x`,
      `/v1/posts/${secret}`,
      `/${secret}`,
    ]) {
      const line = await onlyLine(path);
      expect(JSON.stringify(line), path).not.toContain(secret);
      expect(String(line["url.path"]), path).toMatch(/^\/.*(\*\*\*|\{(token|uid)\})/);
    }
    // Ids are shorter than all secrets, so they are logged.
    expect((await onlyLine(MISSING))["url.path"]).toBe(MISSING);
  });

  it("K04 contains the errors of an invalid configuration, and the response does not", async () => {
    const service = startBlog(bind({ SLUICE_SECRET: "tooshort", SLUICE_CORS_ORIGINS: "nonsense" }));
    const response = await service.fetch("/v1/posts");
    expect(await response.text()).not.toMatch(/SLUICE|secret|characters/i);
    const [line] = linesOf(service);
    expect(line?.["exception.message"]).toMatch(/at least 32 characters\s+→ at SLUICE_SECRET/);
    expect(line?.["exception.message"]).toMatch(/must be an origin.*\s+→ at SLUICE_CORS_ORIGINS/);
    expect(line?.["level"]).toBe("error");
    expect(service.logs[0]).not.toMatch(/tooshort|nonsense/);
  });
});
