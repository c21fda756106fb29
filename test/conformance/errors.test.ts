/** Problem documents: one form for every failure of every layer (section g), and the texts of validation errors. */
import { beforeAll, describe, expect, it } from "vitest";
import { endpoint } from "#core/contract/endpoint.ts";
import { problem } from "#core/http/problem.ts";
import { PROBLEM_TYPES, problemCode } from "#core/http/problem-types.ts";
import { POST, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { ORIGIN } from "../support/service.ts";
import { asStaff, FAILURES, type Failure, MISSING, post, SQL_TEXT, throwing } from "./failures.ts";

beforeAll(createBlog);

interface Document {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly correlation_id: string;
  readonly retryable: boolean;
  readonly errors?: readonly {
    readonly pointer?: string;
    readonly parameter?: string;
    readonly code: string;
    readonly detail: string;
  }[];
}

/** The path of the failure, or of a new post if the failure needs an existing one. */
async function pathOf(failure: Failure): Promise<string> {
  if (failure.path !== "") return failure.path;
  const created = await startBlog(asStaff).fetch("/v1/posts", post(JSON.stringify(POST)));
  return new URL(created.headers.get("Location") ?? "").pathname;
}

describe.each(FAILURES)("$name", (failure) => {
  const { type, init, options } = failure;
  const { status, title, retryable } = PROBLEM_TYPES[type];

  it(`G01 G04 G08 G10 gives ${type} as a complete problem document`, async () => {
    const service = startBlog(options);
    const path = await pathOf(failure);
    const headers = new Headers(init?.headers);
    headers.set("X-Correlation-Id", "test-1.A_b");
    const response = await service.fetch(path, { ...init, headers });
    const text = await response.text();
    const document = JSON.parse(text) as Document;
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("X-Correlation-Id")).toBe("test-1.A_b");
    expect(document).toMatchObject({
      type: `${ORIGIN}/problems/${type}`,
      title,
      status,
      instance: new URL(path, ORIGIN).pathname,
      code: problemCode(type),
      correlation_id: "test-1.A_b",
      retryable,
    });
    expect(document.detail).toMatch(/^[A-Z0-9`].*\.$/);
    for (const [name, value] of Object.entries(failure.headers ?? {})) {
      if (typeof value === "string") expect(response.headers.get(name), name).toBe(value);
      else expect(response.headers.get(name), name).toMatch(value);
    }
    expect(Object.keys(document).every((name) => /^[A-Za-z][A-Za-z0-9_]{2,}$/.test(name))).toBe(true);
    expect(text + JSON.stringify([...response.headers])).not.toMatch(/secret|SQLITE|D1_ERROR|select |\bat \/|\.ts\b/i);
  });
});

it("G01 HEAD has the headers of GET and no body", async () => {
  const readable = FAILURES.filter(({ init, path }) => path !== "" && (init?.method ?? "GET") === "GET");
  expect(readable.length).toBeGreaterThan(10);
  for (const { name, path, init, options } of readable) {
    const send = (method: string) => {
      const headers = new Headers(init?.headers);
      headers.set("X-Correlation-Id", "same");
      headers.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
      return startBlog({
        ...options,
        dependencies: { randomBytes: (length) => new Uint8Array(length).fill(7) },
      }).fetch(path, { ...init, method, headers });
    };
    const [get, head] = [await send("GET"), await send("HEAD")];
    expect(head.status, name).toBe(get.status);
    expect(Object.fromEntries(head.headers), name).toEqual(Object.fromEntries(get.headers));
    expect(await head.text(), name).toBe("");
  }
});

it("G03 G05 all validation errors of a body are returned together, each with a pointer into the body", async () => {
  const sent = { title: 7, subtitle: "", topic: "attic", colour: { deep: true }, "a/b~c": 1 };
  const response = await startBlog(asStaff).fetch("/v1/posts", post(JSON.stringify(sent)));
  const { errors = [], detail } = (await response.json()) as Document;
  expect(response.status).toBe(422);
  expect(detail).toBe("5 members of the body are invalid.");
  expect(Object.fromEntries(errors.map((fault) => [`${fault.pointer} ${fault.code}`, fault.detail]))).toEqual({
    "#/title wrong-type": "`title` must be a string.",
    "#/subtitle invalid": expect.stringMatching(/^`subtitle` must .*\.$/),
    "#/topic not-allowed": expect.stringMatching(/^`topic` must be one of .*\.$/),
    "#/colour unknown": "`colour` is not a writable member.",
    "#/a~1b~0c unknown": "`a/b~c` is not a writable member.",
  });
});

it("G05 all validation errors of the parameters are returned together", async () => {
  const response = await startBlog().fetch("/v1/posts?limit=0&nothing=1&sort=a,,b&fields=&cursor=x&cursor=y");
  const { errors = [] } = (await response.json()) as Document;
  expect([...new Set(errors.map(({ parameter, code }) => `${parameter} ${code}`))].sort()).toEqual([
    "cursor repeated",
    "fields invalid",
    "limit invalid",
    "nothing unknown",
    "sort invalid",
  ]);
});

it("G05 a body with thousands of errors gets a response of bounded size", async () => {
  const members = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
  const long = { ["k".repeat(500_000)]: 1 };
  for (const sent of [members, long]) {
    const response = await startBlog(asStaff).fetch("/v1/posts", post(JSON.stringify(sent)));
    const text = await response.text();
    expect(response.status).toBe(422);
    expect(text.length).toBeLessThan(32_000);
  }
});

it("G08 Allow lists exactly the methods of each path", async () => {
  const options = { extraEndpoints: throwing };
  const allowed: Record<string, string> = {
    "/v1/posts": "GET, HEAD, POST, OPTIONS",
    [MISSING]: "GET, HEAD, PATCH, DELETE, OPTIONS",
    "/livez": "GET, HEAD, OPTIONS",
    "/readyz": "GET, HEAD, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
    "/v1/throws-text": "POST, OPTIONS",
  };
  for (const [path, allow] of Object.entries(allowed)) {
    for (const method of ["PUT", "POST", "PATCH", "DELETE", "GET", "HEAD", "OPTIONS", "PROPFIND"]) {
      const response = await startBlog(options).fetch(path, { method });
      const isAllowed = allow.split(", ").includes(method);
      expect(response.status === 405, `${method} ${path}`).toBe(!isAllowed);
      if (!isAllowed || method === "OPTIONS") expect(response.headers.get("Allow"), `${method} ${path}`).toBe(allow);
    }
  }
});

it("G09 a valid correlation id is kept, and any other is replaced in header and body", async () => {
  const kept = ["a", "A.b_c-9", "x".repeat(128)];
  const replaced = ["", "x".repeat(129), "a b", "a,b", "é", "a/b", '{"a":1}', "$(id)"];
  for (const id of [...kept, ...replaced]) {
    const response = await startBlog().fetch("/nothing", { headers: { "X-Correlation-Id": id } });
    const { correlation_id: inBody } = (await response.json()) as Document;
    expect(response.headers.get("X-Correlation-Id")).toBe(inBody);
    if (kept.includes(id)) expect(inBody).toBe(id);
    else expect(inBody).toMatch(/^[0-9a-f]{32}$/);
  }
});

it("G11 an unexpected error is logged under the response's correlation id, and the response does not contain it", async () => {
  for (const { path, init, options, message } of [
    {
      path: "/v1/throws-error",
      init: {},
      options: { extraEndpoints: throwing },
      message: "secret of /src/store/secret.ts",
    },
    {
      path: "/v1/throws-text",
      init: { method: "POST" },
      options: { extraEndpoints: throwing },
      message: "a secret that is no error",
    },
    { path: "/v1/posts", init: {}, options: { bindings: { DB: brokenDatabase(SQL_TEXT) } }, message: SQL_TEXT },
    { path: MISSING, init: {}, options: { bindings: { DB: brokenDatabase(SQL_TEXT) } }, message: SQL_TEXT },
  ]) {
    const service = startBlog(options);
    const response = await service.fetch(path, init);
    const document = (await response.json()) as Document;
    expect(response.status).toBe(500);
    expect(document.detail).toBe(PROBLEM_TYPES["internal-error"].detail);
    expect(service.logs).toHaveLength(1);
    const line = JSON.parse(service.logs[0] ?? "");
    expect(line).toMatchObject({
      level: "error",
      correlation_id: document.correlation_id,
      "error.type": "internal-error",
    });
    expect(line["exception.message"]).toContain(message);
  }
});

it("G12 a malformed, a missing, a deleted and a hidden resource get the same 404", async () => {
  const service = startBlog({
    ...asStaff,
    extraEndpoints: [
      endpoint({
        contract: {
          operationId: "readHidden",
          method: "GET",
          path: "/v1/hidden",
          tag: "Test",
          summary: "",
          description: "",
          success: { kind: "empty", status: 204 },
        },
        policy: {
          access: "public",
          limit: { cost: "read" },
          cache: "no-store",
          precondition: "none",
          idempotency: "none",
        },
        handler: async () => {
          throw problem("not-found");
        },
      }),
    ],
  });
  const created = await service.fetch("/v1/posts", post(JSON.stringify(POST)));
  const deleted = new URL(created.headers.get("Location") ?? "").pathname;
  await service.fetch(deleted, { method: "DELETE", headers: { "If-Match": created.headers.get("ETag") ?? "" } });
  const texts = new Set<string>();
  for (const path of [deleted, MISSING, "/v1/posts/1", "/v1/posts/%00", "/v1/hidden", "/nothing"]) {
    const response = await service.fetch(path, { headers: { "X-Correlation-Id": "same" } });
    expect(response.status).toBe(404);
    texts.add((await response.text()).replace(new URL(path, ORIGIN).pathname, "{instance}"));
    expect(response.headers.get("Vary")).toBe("Accept, Origin");
  }
  for (const path of [deleted, MISSING, "/v1/posts/1"]) {
    for (const method of ["PATCH", "DELETE"]) {
      const response = await service.fetch(path, {
        method,
        headers: { "X-Correlation-Id": "same", "Content-Type": "application/merge-patch+json" },
        ...(method === "PATCH" ? { body: "{}" } : {}),
      });
      texts.add((await response.text()).replace(path, "{instance}"));
    }
  }
  expect([...texts]).toHaveLength(1);
});

it("G01 a path that starts with two slashes is 404, and its `instance` names no other host", async () => {
  const response = await startBlog().fetch(`${ORIGIN}//v1/posts`);
  expect(response.status).toBe(404);
  const { instance } = (await response.json()) as Document;
  expect(new URL(instance, ORIGIN).origin).toBe(ORIGIN);
});
