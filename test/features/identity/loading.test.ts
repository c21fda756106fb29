/** The JWT library is loaded with the first token that may be valid, never for a request without a token. */
import { expect, it, vi } from "vitest";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { startService } from "../../support/service.ts";

const loads = vi.hoisted(() => ({ count: 0 }));
vi.mock("jose", () => {
  loads.count += 1;
  return {};
});

it("a request without a token never loads the JWT library", async () => {
  const issuers = [
    { issuer: "https://login.example.test/", audience: "api", jwks_uri: "https://login.example.test/keys" },
  ];
  const service = startService({
    bindings: { SLUICE_TRUSTED_ISSUERS: JSON.stringify(issuers) } as unknown as Partial<Env>, // the type has only the variables of wrangler.toml
    dependencies: { authenticate: createAuthenticator(async () => new Response(null, { status: 500 })) },
  });
  expect((await service.fetch("/.well-known/api-catalog")).status).toBe(200);
  expect((await service.fetch("/v1/api-keys", { method: "POST" })).status).toBe(401);
  expect((await service.fetch("/.well-known/api-catalog", { headers: { Authorization: "Basic eDp5" } })).status).toBe(
    401,
  );
  expect((await service.fetch("/.well-known/oauth-protected-resource")).status).toBe(200);
  expect(loads.count).toBe(0);
  // The mocked library is empty, so the request fails, but the library was loaded.
  await service.fetch("/.well-known/api-catalog", { headers: { Authorization: "Bearer x" } });
  expect(loads.count).toBe(1);
});
