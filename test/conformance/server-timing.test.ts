/** `Server-Timing` shows operators how a response was created, and is absent for all other callers (section k). */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { createLimiter } from "#features/limits/limiter.ts";
import { findObject } from "#features/limits/object/find-object.ts";
import { post } from "../features/credentials/api-keys/keys.ts";
import { type MadePost, makePost, POST, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { withCredentials } from "../support/limited.ts";
import { scopes } from "../support/modules.ts";
import { header } from "../support/requests.ts";
import { customer, type Service, staff } from "../support/service.ts";

const LIST = "/v1/posts?limit=2";
const admin: Principal = { ...customer, roles: ["admin"], scopes: [] };

const asStaff = startBlog({ as: { ...staff, scopes: scopesOf(scopes, "staff") } });
let made: MadePost;
/** A well-formed id that does not exist. */
const MISSING = "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz";

beforeAll(async () => {
  await createBlog();
  made = await makePost(asStaff);
});

const timingOf = (response: Response): string | null => response.headers.get("Server-Timing");

/** The metrics by name, without durations. */
function partsOf(response: Response): Record<string, string | undefined> {
  const metrics = header(response, "Server-Timing").split(", ");
  return Object.fromEntries(
    metrics.map((metric) => {
      const [name = "", ...parameters] = metric.split(";");
      const description = parameters.find((parameter) => parameter.startsWith("desc="));
      return [name, description?.slice("desc=".length)];
    }),
  );
}

describe("K03 callers that get timings", () => {
  it.each<[string, Principal]>([
    ["staff, without a scope", { ...staff, scopes: [] }],
    ["administrators, without a scope", admin],
    ["staff's services", { ...staff, kind: "service" }],
    ["staff's API keys", { ...staff, credential: "api-key" }],
  ])("%s", async (_, as) => {
    const service = startBlog({ as });
    for (const path of [LIST, made.path, MISSING, "/v1/comments", "/health"]) {
      expect(timingOf(await service.fetch(path)), path).toMatch(/total;dur=0$/);
    }
  });

  it.each<[string, Principal | undefined]>([
    ["an anonymous caller", undefined],
    ["a customer", customer],
    ["a customer with every scope", { ...customer, scopes: Object.keys(scopes) }],
    ["an unknown role", { ...customer, roles: ["Staff", "staff ", "owner"] }],
  ])("not %s", async (_, as) => {
    const service = startBlog(as === undefined ? {} : { as });
    for (const path of [LIST, made.path, MISSING, "/v1/comments", "/health", "/livez", "/docs", "/nothing"]) {
      expect(timingOf(await service.fetch(path)), path).toBeNull();
    }
  });

  it("no caller before authentication", async () => {
    for (const [path, init] of [
      ["/livez", {}],
      ["/nothing", {}],
      [LIST, { method: "PUT" }],
      [LIST, { method: "OPTIONS" }],
    ] as const) {
      expect(timingOf(await asStaff.fetch(path, init)), path).toBeNull();
    }
  });
});

describe("K03 the timings", () => {
  it("contain each called dependency, the source and the total", async () => {
    const service = withCredentials(startBlog({ as: staff, limiter: (now) => createLimiter(now, findObject) }));
    expect(partsOf(await service.fetch(made.path))).toEqual({
      d1: '"1 call"',
      object: '"4 calls"',
      kv: '"1 call"',
      source: '"handler"',
      total: undefined,
    });
  });

  it("are milliseconds of waiting, one for each dependency", async () => {
    let now = asStaff.now();
    const slow = new Proxy(env.LIMITS, {
      get: (target, name) =>
        name === "get"
          ? async () => {
              now += 7;
              return null;
            }
          : Reflect.get(target, name),
    });
    const service = startBlog({ as: staff, bindings: { LIMITS: slow }, dependencies: { now: () => now } });
    const timing = timingOf(await service.fetch("/health"));
    expect(timing).toMatch(/^d1;dur=0;desc="1 call", source;desc="handler", total;dur=0$/);
    expect(timingOf(await service.fetch("/v1/comments"))).toMatch(/kv;dur=7;desc="1 call".*, total;dur=7$/);
  });

  it("are counted in the log too", async () => {
    const service = startBlog({ as: staff });
    await service.fetch(made.path);
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({
      "db.round_trips": 1,
      "platform.objects": 0,
      "platform.kv": 1,
      "platform.cache": 0,
      "answer.source": "handler",
    });
  });
});

describe("K03 C13 stored responses contain no timings", () => {
  it.each([LIST, () => made.path])("a public response with timings is private: %s", async (path) => {
    const target = typeof path === "string" ? path : path();
    const [own, others] = [await asStaff.fetch(target), await startBlog({ as: customer }).fetch(target)];
    expect(header(others, "Cache-Control")).toMatch(/^public, no-cache/);
    expect(header(own, "Cache-Control")).toBe(header(others, "Cache-Control").replace("public", "private"));
    expect(timingOf(own)).not.toBeNull();
    expect(timingOf(others)).toBeNull();
  });

  it("a 304 has none, because caches update stored responses with it", async () => {
    const full = await asStaff.fetch(LIST);
    const unchanged = await asStaff.fetch(LIST, { headers: { "If-None-Match": header(full, "ETag") } });
    expect(unchanged.status).toBe(304);
    expect(timingOf(unchanged)).toBeNull();
    expect(header(unchanged, "Cache-Control")).toBe(header(full, "Cache-Control"));
  });

  it("the edge stores none, so later callers in the location get none", async () => {
    const location = crypto.randomUUID();
    const before = startBlog({ as: staff, location });
    for (let count = 0; count < 3; count += 1) await before.fetch(LIST);
    for (const service of [startBlog({ location }), startBlog({ location, as: customer })]) {
      for (let count = 0; count < 3; count += 1) {
        const response = await service.fetch(LIST);
        expect(timingOf(response)).toBeNull();
        expect(header(response, "Cache-Control")).toMatch(/^public/);
      }
    }
  });

  it("the record of an idempotency key stores none, and a replay has its own", async () => {
    const place = (service: Service) =>
      service.fetch("/v1/posts", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": "timed" },
        body: JSON.stringify(POST),
      });
    const first = await place(asStaff);
    expect(partsOf(first)).toMatchObject({ source: '"handler"', object: '"2 calls"' });
    const replay = await place(asStaff);
    expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
    expect(partsOf(replay)).toMatchObject({ source: '"record"', object: '"1 call"' });
    expect(partsOf(replay)).not.toHaveProperty("d1");
    // The account was staff during the first request and no longer is.
    const demoted = startBlog({ as: { ...staff, roles: ["customer"], scopes: [] } });
    expect(timingOf(await place(demoted))).toBeNull();
  });
});

it("K03 C18 private responses keep their Cache-Control", async () => {
  const response = await asStaff.fetch("/v1/api-keys");
  expect(response.status).toBe(200);
  expect(header(response, "Cache-Control")).toMatch(/^private/);
  const created = await post(asStaff, "/v1/posts", POST);
  expect(header(created, "Cache-Control")).toBe("no-store, no-transform");
  expect(timingOf(created)).not.toBeNull();
});
