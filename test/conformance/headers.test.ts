/** Headers of every response: protection, caching and CORS; and content negotiation by Accept (sections c, e, j). */
import { beforeAll, describe, expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";
import { endpoints } from "../../src/modules.ts";
import { startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { ORIGIN, type Service, type ServiceOptions, staff } from "../support/service.ts";
import { bind, FAILURES, MISSING } from "./failures.ts";

beforeAll(createBlog);

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
const PATHS = [...new Set(endpoints.map(({ contract }) => contract.path)), "/nothing"].map((template) =>
  template.replaceAll(/\{\w+\}/g, "post_01hk2nvj80e8ev3rx1q7t4d6zz"),
);

const PROTECTION = {
  "Strict-Transport-Security": /^max-age=(?:[3-9][0-9]{7}|[0-9]{9,}); includeSubDomains/,
  "X-Content-Type-Options": /^nosniff$/,
  "X-Frame-Options": /^DENY$/,
  "Referrer-Policy": /^no-referrer$/,
  "Cross-Origin-Resource-Policy": /^(?:same-origin|cross-origin)$/,
  "Content-Security-Policy": /frame-ancestors 'none'/,
  "X-Correlation-Id": /^[A-Za-z0-9._-]{1,128}$/,
  traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/,
  "Cache-Control": /./,
  "Cache-Status": /^Sluice;(?:hit|fwd=)/,
};

/** The header names in the OpenAPI document: those of requests, and those of responses that scripts can read only if exposed. */
function documentedHeaders() {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods) as Operation[]);
  const readable = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
  ];
  const sent = operations.flatMap(({ parameters = [] }) => parameters.filter((parameter) => parameter.in === "header"));
  const received = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap((response) => {
      const shared = document.components.responses as Readonly<Record<string, { readonly headers?: object }>>;
      const { headers = {} } = shared[response.$ref?.split("/").at(-1) ?? ""] ?? response;
      return Object.keys(headers);
    }),
  );
  const distinct = (names: readonly string[]) => [...new Set(names.map((name) => name.toLowerCase()))];
  return {
    requestHeaders: distinct(sent.map(({ name }) => name)),
    responseHeaders: distinct(received).filter(
      (name) => !readable.includes(name) && !name.startsWith("access-control-"),
    ),
  };
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly headers?: object; readonly $ref?: string }>>;
}

const documented = documentedHeaders();

function expectProtected(response: Response, name: string): void {
  for (const [header, value] of Object.entries(PROTECTION)) {
    expect(response.headers.get(header), `${name}: ${header}`).toMatch(value);
  }
  if (!response.headers.get("Content-Type")?.startsWith("text/html")) {
    expect(response.headers.get("Content-Security-Policy"), name).toContain("default-src 'none'");
  }
  expect(response.headers.has("Server") || response.headers.has("X-Powered-By"), name).toBe(false);
}

describe.each(PATHS)("%s", (path) => {
  it("C18 j has Cache-Control and protection headers for every method and caller", async () => {
    const callers: ServiceOptions[] = [{}, { as: staff }, bind({ SLUICE_SECRET: "" })];
    for (const options of callers) {
      const service = startBlog(options);
      for (const method of METHODS) {
        const response = await service.fetch(path, { method });
        expectProtected(response, `${method} ${path}`);
        if (response.status >= 400) expect(response.headers.get("Cache-Control")).toBe("no-store");
      }
    }
  });

  it("C08 HEAD has the headers of GET and no body", async () => {
    const fixed = { randomBytes: (length: number) => new Uint8Array(length).fill(7) };
    const send = (method: string) => startBlog({ dependencies: fixed }).fetch(path, { method });
    const [get, head] = [await send("GET"), await send("HEAD")];
    expect(head.status).toBe(get.status);
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
    expect(await head.text()).toBe("");
  });
});

it.each(FAILURES.filter(({ path }) => path !== ""))("j $name has protection headers", async (failure) => {
  expectProtected(await startBlog(failure.options).fetch(failure.path, failure.init), failure.name);
});

it("j sends Strict-Transport-Security only over TLS (RFC 6797 section 7.2)", async () => {
  const cleartext = ORIGIN.replace("https:", "http:");
  const [live, local] = ["production", "local"].map((environment) => bind({ SLUICE_ENVIRONMENT: environment }));
  for (const [options, status] of [[live, 403] as const, [local, 200] as const]) {
    const response = await startBlog(options).fetch(`${cleartext}/v1/posts`);
    expect([response.status, response.headers.has("Strict-Transport-Security")]).toEqual([status, false]);
  }
});

describe("OPTIONS", () => {
  it("G08 I01 lists the methods and formats of the path for any caller", async () => {
    const options = (path: string) => startBlog().fetch(path, { method: "OPTIONS" });
    const list = await options("/v1/posts");
    expect(list.status).toBe(204);
    expect(await list.text()).toBe("");
    expect(list.headers.get("Allow")).toBe("GET, HEAD, POST, OPTIONS");
    expect(list.headers.get("Accept-Post")).toBe("application/json");
    expect(list.headers.has("Accept-Patch")).toBe(false);
    const one = await options(MISSING);
    expect(one.status).toBe(204);
    expect(one.headers.get("Allow")).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
    expect(one.headers.get("Accept-Patch")).toBe("application/merge-patch+json, application/json-patch+json");
    expect(one.headers.has("Accept-Post")).toBe(false);
    expect((await options("/nothing")).status).toBe(404);
  });
});

describe("CORS", () => {
  const APP = "https://app.example";
  const configured = bind({ SLUICE_CORS_ORIGINS: `${APP} http://127.0.0.1:3000` });
  const OTHER_ORIGINS = [
    "null",
    "*",
    "https://app.example.evil.test",
    "https://evil-app.example",
    "https://APP.example",
    "https://app.example/",
    "https://app.example:8443",
    "http://app.example",
    "http://127.0.0.1:3001",
    "",
  ];
  const preflight = (service: Service, path: string, origin: string, extra: Record<string, string> = {}) =>
    service.fetch(path, {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": "PATCH", ...extra },
    });

  it.each([APP, "http://127.0.0.1:3000", ORIGIN])("j admits %s", async (origin) => {
    const response = await startBlog(configured).fetch("/v1/posts", { headers: { Origin: origin } });
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(origin);
    expect(response.headers.get("Vary")).toBe("Accept, Origin");
    expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
    expect(response.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  it.each(OTHER_ORIGINS)("j sends no CORS headers to %j", async (origin) => {
    for (const options of [configured, {}]) {
      const service = startBlog(options);
      for (const response of [
        await service.fetch("/v1/posts", { headers: { Origin: origin } }),
        await service.fetch("/nothing", { headers: { Origin: origin } }),
        await preflight(service, MISSING, origin),
      ]) {
        expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
        expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
        expect(response.headers.get("Vary")).toMatch(/\bOrigin\b/);
      }
    }
  });

  it("j admits only its own origin without configuration", async () => {
    const service = startBlog();
    const foreign = await service.fetch("/v1/posts", { headers: { Origin: APP } });
    expect(foreign.status).toBe(200);
    expect(foreign.headers.has("Access-Control-Allow-Origin")).toBe(false);
    const own = await service.fetch("/v1/posts", { headers: { Origin: ORIGIN } });
    expect(own.headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
  });

  it("j returns the exact methods of the path to a preflight without credentials", async () => {
    const extra = { "Access-Control-Request-Headers": "authorization,if-match,content-type" };
    const response = await preflight(startBlog(configured), MISSING, APP, extra);
    expect(response.status).toBe(204);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    expect(response.headers.get("Access-Control-Allow-Methods")).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
    expect(response.headers.get("Access-Control-Max-Age")).toMatch(/^[1-9][0-9]*$/);
    const allowed = response.headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(", ");
    expect(allowed).toEqual(
      expect.arrayContaining(["authorization", "content-type", "if-match", "if-none-match", "idempotency-key"]),
    );
    expect(allowed).not.toContain("*");
  });

  it.each([
    ["a path that does not exist", "/nothing", "GET"],
    ["a path that does not exist, with PUT", "/v1/nothing/at/all", "PUT"],
    ["a method that the path does not have", MISSING, "PUT"],
    ["a method that no path has", "/v1/posts", "PROPFIND"],
    ["a URL that is too long", `/v1/posts?q=${"x".repeat(8192)}`, "GET"],
    ["an OAuth endpoint", "/oauth/token", "POST"],
    ["an OAuth endpoint with another method", "/oauth/token", "DELETE"],
    ["a page", "/login", "POST"],
  ])("j allows the preflight of %s, so that the script can read the error", async (_, path, method) => {
    const service = startBlog(configured);
    const requested = { "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization" };
    const response = await preflight(service, path, APP, requested);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    expect(response.headers.get("Access-Control-Allow-Methods")?.split(", ")).toContain(method);
    expect(response.headers.get("Access-Control-Allow-Headers")).toMatch(/\bAuthorization\b/);
    const actual = await service.fetch(path, { method, headers: { Origin: APP } });
    expect(actual.headers.get("Access-Control-Allow-Origin")).toBe(APP);
    expect(actual.headers.get("Access-Control-Expose-Headers")).toMatch(/\bX-Correlation-Id\b/);
  });

  it("j ignores an invalid Access-Control-Request-Method", async () => {
    const service = startBlog(configured);
    const requested = { "Access-Control-Request-Method": "PUT, TRACE" };
    const methods = (await preflight(service, MISSING, APP, requested)).headers.get("Access-Control-Allow-Methods");
    expect(methods).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
  });

  it("j allows every request header and exposes every response header of the OpenAPI document", async () => {
    const { headers } = await preflight(startBlog(configured), "/v1/posts", APP);
    const allowed = headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(", ");
    const exposed = headers.get("Access-Control-Expose-Headers")?.toLowerCase().split(", ");
    expect(documented.requestHeaders.length).toBeGreaterThan(3);
    expect(documented.responseHeaders.length).toBeGreaterThan(10);
    expect(allowed).toEqual(expect.arrayContaining(documented.requestHeaders));
    expect(exposed).toEqual(expect.arrayContaining(documented.responseHeaders));
    // Headers that the pages in docs/ mention and the OpenAPI document does not.
    for (const name of [
      "Cache-Control",
      "If-Modified-Since",
      "If-Unmodified-Since",
      "DPoP",
      "traceparent",
      "tracestate",
    ]) {
      expect(allowed, name).toContain(name.toLowerCase());
    }
  });

  it("j lets an allowed origin read every failure", async () => {
    for (const { name, path, init, options } of FAILURES.filter((failure) => failure.path !== "")) {
      const { bindings } = options ?? {};
      const service = startBlog({ ...options, bindings: { ...configured.bindings, ...bindings } });
      const headers = new Headers(init?.headers);
      headers.set("Origin", ORIGIN);
      const response = await service.fetch(path, { ...init, headers });
      expect(response.headers.get("Access-Control-Allow-Origin"), name).toBe(ORIGIN);
      expect(response.headers.get("Access-Control-Expose-Headers"), name).toMatch(/\bRetry-After\b/);
    }
  });

  it("j B15 exposes the same headers of successes and of errors", async () => {
    const service = startBlog(configured);
    for (const path of ["/v1/posts", "/v1/posts?limit=0", "/nothing", MISSING]) {
      const response = await service.fetch(path, { headers: { Origin: APP } });
      const exposed = response.headers.get("Access-Control-Expose-Headers")?.split(", ");
      expect(exposed, path).toEqual(
        expect.arrayContaining([
          "ETag",
          "Link",
          "Location",
          "Retry-After",
          "RateLimit",
          "RateLimit-Policy",
          "X-RateLimit-Limit",
          "X-RateLimit-Remaining",
          "X-RateLimit-Reset",
          "X-Correlation-Id",
          "Idempotent-Replayed",
          "Deprecation",
          "Sunset",
          "WWW-Authenticate",
          "DPoP-Nonce",
        ]),
      );
    }
  });
});

describe("HTTP without TLS", () => {
  const production = bind({ SLUICE_ENVIRONMENT: "production" });
  const cleartext = ORIGIN.replace("https:", "http:");

  it("j is refused in production, not redirected", async () => {
    for (const path of ["/v1/posts", "/nothing", "/"]) {
      const response = await startBlog(production).fetch(`${cleartext}${path}`);
      expect(response.status, path).toBe(403);
      expect(response.headers.has("Location")).toBe(false);
      expect(await response.json()).toMatchObject({ code: "FORBIDDEN" });
    }
    expect((await startBlog(production).fetch(`${ORIGIN}/v1/posts`)).status).toBe(200);
  });

  it("j is accepted for health checks, and by a local server", async () => {
    for (const path of ["/livez", "/readyz", "/health"]) {
      expect((await startBlog(production).fetch(`${cleartext}${path}`)).status, path).toBe(200);
    }
    expect((await startBlog().fetch(`${cleartext}/v1/posts`)).status).toBe(200);
  });
});

describe("Accept", () => {
  const JSON_TYPE = "application/json";
  const HAL = "application/hal+json";
  const JSON_API = "application/vnd.api+json";

  it.each([
    [undefined, JSON_TYPE],
    ["", JSON_TYPE],
    ["*/*", JSON_TYPE],
    ["application/*", JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [HAL, HAL],
    ["APPLICATION/HAL+JSON", HAL],
    [JSON_API, JSON_API],
    [`${JSON_TYPE};q=0.5, ${HAL}`, HAL],
    [`${JSON_TYPE};q=0, */*`, HAL],
    [`${JSON_TYPE};q=0, ${HAL};q=0, */*;q=0.1`, JSON_API],
    [`text/html, ${HAL};q=0.1`, HAL],
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON_TYPE],
    [`${JSON_TYPE}; charset=utf-8`, JSON_TYPE],
  ])("E10 %j gets %s", async (accept, expected) => {
    const response = await startBlog().fetch("/v1/posts", accept === undefined ? {} : { headers: { Accept: accept } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(expected);
    expect(response.headers.get("Vary")).toMatch(/\bAccept\b/);
  });

  it.each(["text/csv", "*/*;q=0", `${JSON_TYPE};q=0`, "application/xml, text/*", `${JSON_API};ext="x"`])(
    "E10 %j excludes every format and gets 406 with the list of formats",
    async (accept) => {
      const response = await startBlog().fetch("/v1/posts", { headers: { Accept: accept } });
      const { detail } = (await response.json()) as { detail: string };
      expect(response.status).toBe(406);
      expect(response.headers.get("Vary")).toMatch(/\bAccept\b/);
      for (const mediaType of [JSON_TYPE, HAL, JSON_API]) expect(detail).toContain(mediaType);
    },
  );
});
