/** The OAuth library is loaded only by requests that need it. */
import { expect, it, vi } from "vitest";
import { startService } from "../../../support/service.ts";
import { serve, startServer } from "./support.ts";

const loads = vi.hoisted(() => ({ count: 0 }));
vi.mock("oidc-provider", () => {
  loads.count += 1;
  return { Provider: class {}, errors: {}, interactionPolicy: {} };
});

it("metadata, keys and log-out do not load the OAuth library; the token endpoint does", async () => {
  const service = startService();
  expect((await service.fetch("/.well-known/api-catalog")).status).toBe(200);
  expect((await service.fetch("/v1/api-keys", { method: "POST" })).status).toBe(401);
  expect((await service.fetch("/.well-known/oauth-protected-resource")).status).toBe(200);
  const server = startServer();
  for (const path of ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/oauth/jwks"]) {
    expect((await server.get(path)).status).toBe(200);
  }
  expect((await server.get("/oauth/logout")).status).toBe(303);
  expect(loads.count).toBe(0);
  // The mocked library is empty, so the request fails, but the library was loaded.
  await serve(new Request("https://api.example.test/oauth/token", { method: "POST" }), server.context()).catch(() => 0);
  expect(loads.count).toBe(1);
});
