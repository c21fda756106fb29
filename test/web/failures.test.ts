/** Failures as browsers and programs receive them: a page or a problem document, with the same status and headers. */
import { beforeAll, describe, expect, it } from "vitest";
import { endpoint } from "#core/contract/endpoint.ts";
import { BLOG, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { startIsolate } from "../support/isolate.ts";
import { ORIGIN, type ServiceOptions } from "../support/service.ts";
import { readElements, valuesOf } from "./markup-check.ts";

beforeAll(createBlog);

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

const CLOSED_SHIELD = { SHIELD: { limit: async () => ({ success: false }) } };

const faulty = endpoint({
  contract: {
    operationId: "fail",
    method: "GET",
    path: "/v1/fails",
    tag: "Documents",
    summary: "Fails",
    description: "Fails.",
    success: { kind: "empty", status: 204 },
  },
  policy: { access: "public", limit: "unmetered", cache: "no-store", precondition: "none", idempotency: "none" },
  handler: async () => {
    throw new TypeError("<internal detail>");
  },
});

interface Failure {
  readonly name: string;
  readonly status: number;
  readonly type: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly options?: ServiceOptions;
  /** A text on the page. */
  readonly says: string;
  readonly header?: string;
}

const POST = { method: "POST", headers: { "Content-Type": "application/json" } };

const FAILURES: readonly Failure[] = [
  { name: "an unknown path", status: 404, type: "not-found", path: "/nope", says: "Page not found" },
  { name: "an unknown path of the API", status: 404, type: "not-found", path: "/v1/nope", says: "Page not found" },
  { name: "an unknown problem type", status: 404, type: "not-found", path: "/problems/nope", says: "Page not found" },
  { name: "a path below a page", status: 404, type: "not-found", path: "/account/x", says: "Page not found" },
  {
    name: "a host as a path",
    status: 404,
    type: "not-found",
    path: `${ORIGIN}//evil.example/`,
    says: "Page not found",
  },
  { name: "a dead link", status: 404, type: "not-found", path: "/reset/dead", says: "Request a new link" },
  {
    name: "a method that a page lacks",
    status: 405,
    type: "method-not-allowed",
    path: "/docs",
    init: { method: "DELETE" },
    says: "cannot be used this way",
    header: "Allow",
  },
  {
    name: "a form's path without its page",
    status: 405,
    type: "method-not-allowed",
    path: "/account/sign-out-everywhere",
    says: "Go back",
    header: "Allow",
  },
  {
    name: "an operation that needs a token",
    status: 401,
    type: "unauthorized",
    path: "/v1/comments",
    says: "access token",
    header: "WWW-Authenticate",
  },
  {
    name: "a bad token",
    status: 401,
    type: "unauthorized",
    path: "/v1/posts",
    init: { headers: { Authorization: "Bearer nonsense" } },
    says: "access token",
    header: "WWW-Authenticate",
  },
  {
    name: "an invalid parameter",
    status: 400,
    type: "invalid-parameter",
    path: "/v1/openapi.json?limit=0&colour=red",
    says: "Unknown parameter",
  },
  {
    name: "a long address",
    status: 414,
    type: "uri-too-long",
    path: `/docs?x=${"x".repeat(9000)}`,
    says: "Remove filters",
  },
  {
    name: "another content type",
    status: 415,
    type: "unsupported-media-type",
    path: "/login/passkey",
    init: { method: "POST", headers: { "Content-Type": "text/plain" }, body: "x" },
    says: "unsupported format",
    header: "Accept-Post",
  },
  {
    name: "a large body",
    status: 413,
    type: "content-too-large",
    path: "/login/passkey",
    init: { ...POST, body: `"${"x".repeat(1_048_577)}"` },
    says: "1048576 bytes",
  },
  {
    name: "malformed JSON",
    status: 400,
    type: "malformed-request",
    path: "/login/passkey",
    init: { ...POST, body: "{" },
    says: "could not be read",
  },
  {
    name: "invalid content",
    status: 422,
    type: "validation-error",
    path: "/login/passkey",
    init: { ...POST, body: "{}" },
    says: "is required",
  },
  {
    name: "a limit",
    status: 429,
    type: "quota-exceeded",
    path: "/problems",
    options: { bindings: CLOSED_SHIELD },
    says: "Try again in 10 seconds.",
    header: "Retry-After",
  },
  {
    name: "a limit of the authorization server",
    status: 429,
    type: "quota-exceeded",
    path: "/oauth/authorize?client_id=demo-app",
    options: { bindings: CLOSED_SHIELD },
    says: "Try again in 10 seconds.",
    header: "Retry-After",
  },
  {
    name: "an invalid configuration",
    status: 503,
    type: "service-unavailable",
    path: "/docs",
    // The Worker types contain only the values of wrangler.toml.
    options: { bindings: { SLUICE_SECRET: "short" } as unknown as Partial<Env> },
    says: "Try again in 60 seconds.",
    header: "Retry-After",
  },
  {
    name: "cleartext",
    status: 403,
    type: "forbidden",
    path: "http://api.example.test/docs",
    options: { bindings: { SLUICE_ENVIRONMENT: "production" } },
    says: "HTTPS",
  },
  {
    name: "an internal error",
    status: 500,
    type: "internal-error",
    path: "/v1/fails",
    options: { extraEndpoints: [faulty] },
    says: "report the reference below",
  },
];

async function send({ path, init = {}, options }: Failure, accept: string, method = init.method): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Accept", accept);
  return startBlog(options).fetch(path, { ...init, ...(method === undefined ? {} : { method }), headers });
}

describe.each(FAILURES)("$name", (failure) => {
  const { status, type, says, header } = failure;

  it("is an uncacheable page for a browser, with the status, the correlation id and links", async () => {
    const response = await send(failure, BROWSER);
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("Vary")?.split(", ")).toContain("Accept");
    expect(response.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; /);
    expect(response.headers.get("Content-Security-Policy")).not.toMatch(/unsafe-|\*|https?:/);
    if (header !== undefined) expect(response.headers.get(header)).not.toBeNull();
    const page = await response.text();
    const elements = readElements(page);
    expect(page).toContain(says);
    expect(page).not.toContain("internal detail");
    expect(page).toContain(`<code>${response.headers.get("X-Correlation-Id")}</code>`);
    expect(elements.filter(({ name }) => name === "h1")).toHaveLength(1);
    expect(elements.filter(({ name }) => name === "script")).toEqual([]);
    expect(valuesOf(elements, "href")).toEqual(expect.arrayContaining(["/", "/docs", `/problems/${type}`]));
  });

  it.each([
    "*/*",
    "application/json",
    "application/problem+json",
    "text/html;q=0.5, application/json",
    "text/html;q=0, */*",
    "application/vnd.api+json, text/html",
    "text/*, application/xml",
    "",
  ])("is a problem document for a program that sends Accept: %s", async (accept) => {
    const response = await send(failure, accept);
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Vary")?.split(", ")).toContain("Accept");
    if (header !== undefined) expect(response.headers.get(header)).not.toBeNull();
    expect(await response.json()).toMatchObject({
      type: expect.stringMatching(`^https?://api.example.test/problems/${type}$`),
      status,
    });
  });

  it("has the same headers for HEAD", async () => {
    if (failure.init?.method !== undefined || failure.name.startsWith("a form's")) return;
    const response = await send(failure, BROWSER, "HEAD");
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toBe("");
  });
});

describe("a browser that opens a URL of the API", () => {
  it("gets the data if it accepts any type", async () => {
    const response = await startBlog().fetch("/v1/posts?limit=1", { headers: { Accept: BROWSER } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/json");
  });

  it("gets a 406 page with the available formats if it accepts only HTML", async () => {
    const response = await startBlog().fetch("/v1/posts", { headers: { Accept: "text/html" } });
    expect(response.status).toBe(406);
    const page = await response.text();
    for (const format of ["application/json", "application/hal+json", "application/vnd.api+json"])
      expect(page).toContain(format);
  });

  it("gets an error page while the database fails", async () => {
    const isolate = startIsolate(BLOG);
    isolate.failDatabase(true);
    const response = await isolate.fetch("/v1/posts/post_01hk24mtj6fnka55e09a4btv9s", {
      headers: { Accept: BROWSER },
    });
    expect(response.status).toBe(500);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  });
});

describe("a trailing slash", () => {
  it.each([
    ["/docs/", "/docs"],
    ["/docs//", "/docs"],
    ["/problems/?a=b&c", "/problems?a=b&c"],
    ["/problems/not-found/", "/problems/not-found"],
    ["/openapi.json/", "/openapi.json"],
    ["/robots.txt/", "/robots.txt"],
  ])("redirects %s to %s", async (path, target) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await startBlog().fetch(path, { method, redirect: "manual" });
      expect(response.status).toBe(308);
      expect(response.headers.get("Location")).toBe(`${ORIGIN}${target}`);
    }
  });

  it.each([
    "/nope/",
    "//evil.example/",
    "//evil.example//",
    "/account/sign-out-everywhere/",
    "/openapixjson/",
    "/v1/posts/",
    "/%2Fevil.example/",
  ])("returns 404 for %s", async (path) => {
    const response = await startBlog().fetch(`${ORIGIN}${path}`, { redirect: "manual" });
    expect(response.status).toBe(404);
    expect(response.headers.get("Location")).toBeNull();
  });

  it("does not redirect other methods", async () => {
    const response = await startBlog().fetch("/v1/posts/", { method: "POST", redirect: "manual" });
    expect(response.status).toBe(404);
  });
});
