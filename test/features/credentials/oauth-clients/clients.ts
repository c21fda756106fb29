/** OAuth clients for tests, created over HTTP by an admin. */
import { env } from "cloudflare:workers";
import { header } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { admin, openAccounts, post } from "../api-keys/keys.ts";

/** The path of a well-formed id that no client has. */
export const MISSING = "/v1/oauth-clients/client_01hzz0000000000000000000zz";

export const WEB = {
  type: "confidential",
  name: "Storefront",
  redirect_uris: ["https://shop.example.com/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  scopes: ["openid", "offline_access", "comments:read", "comments:write"],
};

export const SERVICE = {
  type: "confidential",
  name: "Warehouse",
  grant_types: ["client_credentials"],
  scopes: ["comments:read"],
};

export const APP = { ...WEB, type: "public", name: "App", redirect_uris: ["com.example.app:/callback"] };

export interface OauthClient {
  readonly id: string;
  readonly client_id: string;
  readonly type: string;
  readonly name: string;
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly scopes: readonly string[];
  readonly requires_dpop: boolean;
  readonly account_id?: string;
  readonly previous_secret_expires_at?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export type NewClient = OauthClient & { readonly client_secret?: string };

/** Deletes all clients and returns a service with an admin as the caller. */
export async function openAdministration(): Promise<Service> {
  await env.DB.batch(
    ["oauth_clients", "oauth_artifacts", "revocations", "addresses"].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  await openAccounts();
  return startService({ as: admin });
}

export async function makeClient(service: Service, input: Record<string, unknown> = WEB) {
  const response = await post(service, "/v1/oauth-clients", input);
  if (response.status !== 201) throw new Error(`no client: ${response.status} ${await response.text()}`);
  const client: NewClient = await response.json();
  return { path: `/v1/oauth-clients/${client.id}`, etag: header(response, "ETag"), client };
}

export async function storedClient(id: string): Promise<Record<string, unknown>> {
  const row = await env.DB.prepare("SELECT * FROM oauth_clients WHERE id = ?").bind(id).first();
  if (row === null) throw new Error("no such client");
  return row;
}

/** The rows of a table in which the column has the value. */
export async function rowsOf(table: string, column: string, value: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare(`SELECT * FROM ${table} WHERE ${column} = ?`).bind(value).all();
  return results;
}
