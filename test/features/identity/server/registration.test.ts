/** Client registration over HTTP: response, stored client, and the errors of RFC 7591. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { oauthClientCollection } from "#features/credentials/oauth-clients/collection.ts";
import { currentRow } from "#features/resources/collections/handlers.ts";
import { readSettings } from "../../../../src/config.ts";
import { scopes } from "../../../support/modules.ts";
import { startService } from "../../../support/service.ts";

const service = startService({
  dependencies: { readSettings: (bindings) => ({ ...readSettings(bindings), clientRegistration: "open" }) },
});
const APP = {
  client_name: "Their app",
  redirect_uris: ["https://their.example.test/callback"],
  post_logout_redirect_uris: ["https://their.example.test/bye"],
  token_endpoint_auth_method: "none",
};

function register(body: string | object, headers: Record<string, string> = {}): Promise<Response> {
  return service.fetch("/oauth/register", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("registration", () => {
  it("returns all registered metadata and nothing else", async () => {
    const response = await register({ ...APP, client_uri: "https://their.example.test/", unknown: 1 });
    expect(response.status).toBe(201);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    const { client_id, scope, ...answered } = await response.json<{ client_id: string; scope: string }>();
    expect(answered).toEqual({
      client_id_issued_at: Math.floor(service.now() / 1000),
      ...APP,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      id_token_signed_response_alg: "ES256",
      dpop_bound_access_tokens: false,
    });
    expect(scope).toContain("openid offline_access");
    const clients = oauthClientCollection(scopes);
    const made = await currentRow(clients, { database: await database() }, `client_${client_id}`);
    const shown = clients.resource.schema.parse(made?.members);
    expect(shown).toMatchObject({ name: APP.client_name, post_logout_redirect_uris: APP.post_logout_redirect_uris });
  });

  it("uses the id as the default name, and returns a secret that works", async () => {
    const made = await register({ redirect_uris: APP.redirect_uris });
    const { client_id, client_name, client_secret } = await made.json<Record<string, string>>();
    expect(client_name).toBe(client_id);
    expect(client_secret).toMatch(/^sluice_client_/);
    const form = new URLSearchParams({ token: "x", client_id: client_id ?? "", client_secret: client_secret ?? "" });
    const asked = await service.fetch("/oauth/introspect", { method: "POST", body: form });
    expect(await asked.json()).toEqual({ active: false });
  });

  it.each([
    ["invalid_redirect_uri", { ...APP, redirect_uris: ["http://evil.example/cb"] }],
    ["invalid_redirect_uri", { ...APP, post_logout_redirect_uris: ["https://a:b@their.example.test/"] }],
    ["invalid_client_metadata", { ...APP, client_name: "a".repeat(20_000) }],
    ["invalid_client_metadata", "{"],
    ["invalid_client_metadata", '{"client_name":"a","client_name":"b"}'],
  ])("returns %s and stores nothing", async (error, metadata) => {
    const count = () => env.DB.prepare("SELECT count(*) AS n FROM oauth_clients").first("n");
    const before = await count();
    const response = await register(metadata);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) });
    expect(await count()).toBe(before);
  });

  it("accepts only JSON in UTF-8 without an encoding", async () => {
    for (const headers of [
      { "Content-Type": "application/x-www-form-urlencoded" },
      { "Content-Type": "text/plain" },
      { "Content-Type": "application/json; charset=iso-8859-1" },
      { "Content-Encoding": "gzip" },
    ]) {
      expect((await register(APP, headers as Record<string, string>)).status).toBe(415);
    }
    const options = await service.fetch("/oauth/register", { method: "OPTIONS" });
    expect(options.headers.get("Accept-Post")).toBe("application/json");
  });
});

async function database() {
  const { openDatabase } = await import("#core/data/database.ts");
  return openDatabase(env.DB);
}
