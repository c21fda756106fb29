/**
 * Rows that the document's examples name and the demo catalogue does not have: an API key, and a client with its
 * account.
 */
import { env } from "cloudflare:workers";
import type { Principal } from "#core/contract/principal.ts";
import { ApiKeyResource } from "#features/credentials/api-keys/contract.ts";
import { schemasFor } from "#features/credentials/oauth-clients/contract.ts";
import { scopes } from "../../../src/modules.ts";
import { START } from "../../support/service.ts";

/** The principal of all examples: owns the resources that they name, and is an administrator. */
export const exampleOwner: Principal = {
  kind: "user",
  id: ApiKeyResource.example.user_id,
  roles: ["customer", "staff", "admin"],
  scopes: Object.keys(scopes),
  credential: "token",
  authenticatedAt: START,
};

export async function insertExampleRows(): Promise<void> {
  const key = ApiKeyResource.example;
  const client = schemasFor(scopes).resource.example;
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, scopes, client_id, expires_at, created_at, updated_at) VALUES (?, ?, ?, ?, 'hash', ?, ?, ?, ?, ?)",
    ).bind(
      key.id,
      key.user_id,
      key.name,
      key.hint,
      JSON.stringify(key.scopes),
      key.client_id,
      Date.parse(key.expires_at ?? ""),
      Date.parse(key.created_at),
      Date.parse(key.updated_at),
    ),
    env.DB.prepare(
      "INSERT INTO users (id, email, name, role, kind, created_at, updated_at) VALUES (?, 'demo-service@service.invalid', 'Demo Storefront', 'customer', 'service', 1, 1)",
    ).bind(client.account_id),
    env.DB.prepare(
      "INSERT INTO oauth_clients (id, client_id, name, type, account_id, secret_hash, redirect_uris, grant_types, scopes, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 'hash', ?, ?, ?, ?, ?)",
    ).bind(
      client.id,
      client.client_id,
      client.name,
      client.type,
      client.account_id,
      JSON.stringify(client.redirect_uris),
      JSON.stringify(client.grant_types),
      JSON.stringify(client.scopes),
      Date.parse(client.created_at),
      Date.parse(client.updated_at),
    ),
  ]);
}
