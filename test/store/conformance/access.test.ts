/**
 * Access to products: every operation for every kind of caller, what a refusal reveals, and that it changes nothing.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { header, problemOf } from "../../support/requests.ts";
import { customer, type Service, staff, startService } from "../../support/service.ts";
import { INPUT, type Made, MISSING, makeProduct, storedState } from "../support/products.ts";

const admin: Principal = {
  kind: "user",
  id: "user_01hzz0000000000000000000cc",
  roles: ["admin"],
  scopes: ["products:write"],
  credential: "token",
};
const shop: Principal = {
  kind: "service",
  id: "demo-service",
  roles: [],
  scopes: ["orders:read"],
  credential: "token",
};

const CALLERS = {
  anonymous: {},
  customer: { as: customer },
  "customer with the scope": { as: { ...customer, scopes: ["products:write"] } },
  "staff without the scope": { as: { ...staff, scopes: ["orders:write"] } },
  "staff with a similar scope": { as: { ...staff, scopes: ["products:writer", "products"] } },
  "a service without the scope": { as: shop },
  "a role similar to staff": { as: { ...customer, roles: ["Staff", "staffer"], scopes: ["products:write"] } },
  staff: { as: staff },
  admin: { as: admin },
};

const READS = [
  ["GET", "/v1/products"],
  ["HEAD", "/v1/products"],
  ["GET", "one"],
  ["HEAD", "one"],
] as const;
const WRITES = [
  ["POST", "/v1/products", "application/json", INPUT],
  ["PATCH", "one", "application/merge-patch+json", { stock: 9 }],
  ["PATCH", "one", "application/json-patch+json", [{ op: "replace", path: "/stock", value: 9 }]],
  ["DELETE", "one", undefined, undefined],
] as const;

let made: Made;

beforeAll(async () => {
  made = await makeProduct(startService({ as: staff }));
});

function write(service: Service, [method, target, type, body]: (typeof WRITES)[number], path = made.path) {
  const headers = { "If-Match": "*", ...(type === undefined ? {} : { "Content-Type": type }) };
  return service.fetch(target === "one" ? path : target, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe.each(Object.entries(CALLERS))("%s", (name, options) => {
  const mayWrite = name === "staff" || name === "admin";

  it("OWASP 5 reads", async () => {
    for (const [method, target] of READS) {
      const response = await startService(options).fetch(target === "one" ? made.path : target, { method });
      expect({ method, target, status: response.status }).toEqual({ method, target, status: 200 });
    }
  });

  it(`OWASP 5 ${mayWrite ? "writes" : "may not write, and nothing is written"}`, async () => {
    for (const operation of WRITES) {
      const target = await makeProduct(startService({ as: staff }));
      const before = await storedState();
      const response = await write(startService(options), operation, target.path);
      if (mayWrite) {
        expect(response.ok).toBe(true);
        continue;
      }
      expect(response.status).toBe(name === "anonymous" ? 401 : 403);
      expect(header(response, "Cache-Control")).toBe("no-store");
      expect(response.headers.get("ETag")).toBeNull();
      expect((await problemOf(response)).code).toBe(name === "anonymous" ? "UNAUTHORIZED" : "FORBIDDEN");
      expect(await storedState()).toEqual(before);
    }
  });

  it("OWASP 3 shows the same members to every caller", async () => {
    const response = await startService(options).fetch(made.path);
    expect(await response.json()).toEqual(made.product);
  });
});

it("J01 an anonymous write gets a challenge without an error code", async () => {
  for (const operation of WRITES) {
    const challenge = header(await write(startService(), operation), "WWW-Authenticate");
    expect(challenge).toMatch(/^Bearer realm="/);
    expect(challenge).not.toMatch(/error=/);
  }
});

describe("invalid credentials", () => {
  it.each(["Bearer x", "bearer x.y.z", "Basic dXNlcjpwYXNz", "Bearer", "DPoP x", "nonsense"])(
    "J01 %s is 401 on every operation, public ones too",
    async (authorization) => {
      const before = await storedState();
      const service = startService();
      const calls = [
        ...READS.map(([method, target]) => [method, target === "one" ? made.path : target] as const),
        ["POST", "/v1/products"] as const,
        ["PATCH", made.path] as const,
        ["DELETE", made.path] as const,
        ["GET", MISSING] as const,
      ];
      for (const [method, path] of calls) {
        const response = await service.fetch(path, { method, headers: { Authorization: authorization } });
        expect({ method, path, status: response.status }).toEqual({ method, path, status: 401 });
        expect(header(response, "WWW-Authenticate")).toMatch(/error="invalid_(token|dpop_proof)"/);
        expect(response.headers.get("ETag")).toBeNull();
      }
      expect(await storedState()).toEqual(before);
    },
  );

  it("J01 get no 304 for a current tag", async () => {
    const headers = { Authorization: "Bearer x", "If-None-Match": made.etag };
    expect((await startService().fetch(made.path, { headers })).status).toBe(401);
  });
});

describe("a refusal reveals nothing about the resource", () => {
  it.each([
    ["anonymous", {}, 401],
    ["customer", { as: customer }, 403],
  ])("OWASP 1 for %s an existing and a missing product look the same", async (_name, options, status) => {
    for (const operation of WRITES.filter(([, target]) => target === "one")) {
      const seen = await Promise.all(
        [made.path, MISSING, "/v1/products/nonsense"].map(async (path) => {
          const response = await write(startService(options), operation, path);
          const { instance, correlation_id, ...problem } = await response.json<Record<string, unknown>>();
          return { status: response.status, problem };
        }),
      );
      expect(seen[0]?.status).toBe(status);
      for (const other of seen) expect(other).toEqual(seen[0]);
    }
  });

  it("OWASP 1 a refusal does not depend on the precondition", async () => {
    for (const headers of [{ "If-Match": made.etag }, { "If-Match": '"a"' }, {}, { "If-None-Match": "*" }]) {
      const response = await startService({ as: customer }).fetch(made.path, { method: "DELETE", headers });
      expect(response.status).toBe(403);
    }
  });
});
