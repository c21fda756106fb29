/** A 5xx response to a write says whether the request took effect, so that the client knows whether to repeat it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { endpoint } from "#core/contract/endpoint.ts";
import { commit } from "#core/data/commit.ts";
import { WRITE_TIMEOUT_MS } from "#core/data/session.ts";
import { PROBLEM_TYPES } from "#core/http/problem-types.ts";
import { mailbox } from "#schema/mail.ts";
import { POST, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { silentDatabase } from "../support/broken-database.ts";
import { type ServiceOptions, staff } from "../support/service.ts";

beforeAll(createBlog);

interface Failure {
  readonly status: number;
  readonly detail: string;
}

async function post(path: string, options: ServiceOptions): Promise<Response> {
  return startBlog({ as: staff, ...options }).fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(POST),
  });
}

afterEach(() => {
  vi.useRealTimers();
});

it("G08 a write without a database response in ten seconds gets 503, which says that its effect is unknown", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const source = {
    prepare: (query: string) => env.DB.prepare(query),
    batch: (statements: D1PreparedStatement[]) => {
      void vi.advanceTimersByTimeAsync(WRITE_TIMEOUT_MS);
      return silentDatabase().batch(statements);
    },
  };
  const silent = { ...source, withSession: () => ({ ...source, getBookmark: () => null }) };
  const response = await post("/v1/posts", { bindings: { DB: silent as unknown as D1Database } }); // only these methods are called
  const { status, detail }: Failure = await response.json();
  expect([status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
  expect(detail).toBe(
    `${PROBLEM_TYPES["service-unavailable"].detail} It is not known whether the request took effect. If it had an Idempotency-Key, send it again with the same key: it takes effect only once. Otherwise check the state before you repeat it.`,
  );
});

it("G11 a failure after the commit gets 500, which says that the request took effect", async () => {
  const failing = endpoint({
    contract: {
      operationId: "failLate",
      method: "POST",
      path: "/v1/fails-late",
      tag: "Test",
      summary: "",
      description: "",
      success: { kind: "empty", status: 204 },
    },
    policy: {
      access: "public",
      limit: { cost: "write" },
      cache: "no-store",
      precondition: "none",
      idempotency: "none",
    },
    handler: async ({ database }) => {
      await commit(database, { guards: [], statements: [database.orm.delete(mailbox)] });
      throw new Error("a secret");
    },
  });
  const { status, detail }: Failure = await (await post("/v1/fails-late", { extraEndpoints: [failing] })).json();
  expect(status).toBe(500);
  expect(detail).toBe(
    `${PROBLEM_TYPES["internal-error"].detail} The request took effect, but its response could not be created.`,
  );
});
