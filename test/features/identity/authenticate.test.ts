import { beforeAll, describe, expect, it } from "vitest";
import { abilityOf } from "#core/contract/ability.ts";
import type { Principal } from "#core/contract/principal.ts";
import { Problem } from "#core/http/problem.ts";
import { requireAbility } from "#features/identity/authorize.ts";
import { MISSING } from "../../conformance/failures.ts";
import { startBlog } from "../../support/blog/service.ts";
import { createBlog } from "../../support/blog/tables.ts";
import { createTestContext } from "../../support/request-context.ts";
import { customer, ORIGIN, staff } from "../../support/service.ts";
import { authenticateWithoutIssuers } from "../../support/without-issuers.ts";

const origin = ORIGIN;

async function thrownBy(action: () => unknown): Promise<Problem> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("authenticateWithoutIssuers", () => {
  const request = (headers: Record<string, string>) => new Request(`${origin}/`, { headers });

  it("identifies a caller without credentials by the address from the platform", async () => {
    const context = createTestContext({ address: "203.0.113.7" });
    const anonymous = await authenticateWithoutIssuers(request({ "X-Forwarded-For": "192.0.2.1" }), context);
    expect(anonymous).toEqual({ kind: "anonymous", address: "203.0.113.7" });
    expect(context.log).toEqual({});
  });

  it.each(["Bearer x", "bearer x", "Basic eDp5", "x", ""])("J01 rejects the credentials %j", async (value) => {
    const refused = await thrownBy(() =>
      authenticateWithoutIssuers(request({ Authorization: value }), createTestContext()),
    );
    expect(refused.type).toBe("unauthorized");
    expect(refused.headers["WWW-Authenticate"]).toMatch(/^Bearer realm="sluice", error="invalid_token"/);
  });
});

describe("requireAbility", () => {
  const callOf = (principal: Principal) => ({
    principal,
    origin,
    ability: abilityOf(principal, [(who, allow) => void (who.kind === "user" && allow("read", "things"))]),
  });

  it("J01 returns a challenge without an error code to an anonymous caller", async () => {
    const call = callOf({ kind: "anonymous", address: "203.0.113.7" });
    const refused = await thrownBy(() => requireAbility(call, "read", "things"));
    expect(refused.type).toBe("unauthorized");
    const metadata = `resource_metadata="${origin}/.well-known/oauth-protected-resource"`;
    expect(refused.headers["WWW-Authenticate"]).toBe(
      `Bearer realm="sluice", ${metadata}, DPoP realm="sluice", algs="ES256 ES384 PS256 RS256 EdDSA Ed25519", ${metadata}`,
    );
  });

  it("permits a known caller the declared actions and nothing else", async () => {
    expect(() => requireAbility(callOf(staff), "read", "things")).not.toThrow();
    expect((await thrownBy(() => requireAbility(callOf(staff), "delete", "things"))).type).toBe("forbidden");
    expect((await thrownBy(() => requireAbility(callOf(staff), "read", "others"))).type).toBe("forbidden");
  });
});

describe("access", () => {
  beforeAll(createBlog);

  const writes = [
    ["POST", "/v1/posts"],
    ["PATCH", MISSING],
    ["DELETE", MISSING],
  ] as const;

  it.each(writes)("J01 %s %s returns 401 to an anonymous caller", async (method, path) => {
    const response = await startBlog().fetch(path, { method });
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
  });

  it.each(writes)("%s %s returns 403 to a customer", async (method, path) => {
    expect((await startBlog({ as: customer }).fetch(path, { method })).status).toBe(403);
  });

  it("J01 returns 401 for bad credentials on public routes too, except on /livez", async () => {
    const headers = { Authorization: "Bearer bad" };
    for (const path of ["/v1/posts", MISSING, "/readyz", "/health"]) {
      const response = await startBlog().fetch(path, { headers });
      expect(response.status, path).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
    }
    expect((await startBlog().fetch("/livez", { headers })).status).toBe(200);
  });

  it("J01 ignores a token in the query", async () => {
    const response = await startBlog().fetch("/v1/posts?access_token=x", { method: "POST" });
    expect(response.status).toBe(401);
  });
});
