/** What the authorization server's library costs those who do not need it: nothing. */
import { expect, it, vi } from "vitest";
import { startService } from "../../../support/service.ts";
import { serve, startServer } from "./support.ts";

const loads = vi.hoisted(() => ({ count: 0 }));
vi.mock("oidc-provider", () => {
  loads.count += 1;
  return { Provider: class {}, errors: {}, interactionPolicy: {} };
});

it("no request but those that it answers loads it", async () => {
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
  // The library is not there, so nothing can come of it; but now it was asked for.
  await serve(new Request("https://api.example.test/oauth/token", { method: "POST" }), server.context()).catch(() => 0);
  expect(loads.count).toBe(1);
});
