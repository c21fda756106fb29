/** Accounts with API keys for tests: rows in the database, their principals, and keys created over HTTP. */
import { env } from "cloudflare:workers";
import type { Principal, Role } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { scopes } from "../../../support/modules.ts";
import { header } from "../../../support/requests.ts";
import { type Service, START } from "../../../support/service.ts";

type Account = Exclude<Principal, { kind: "anonymous" }>;

export const ada = accountOf("aa", "customer");
export const bob = accountOf("bb", "customer");
export const staff = accountOf("cc", "staff");
export const admin = accountOf("dd", "admin");
/** The path of a well-formed id that no key has. */
export const MISSING = "/v1/api-keys/key_01hzz0000000000000000000zz";

function accountOf(end: string, role: Role): Account {
  return {
    kind: "user",
    id: `user_01hzz0000000000000000000${end}`,
    roles: [role],
    scopes: scopesOf(scopes, role),
    credential: "token",
    clientId: "demo-app",
    authenticatedAt: START - 60_000,
    methods: ["pwd"],
  };
}

/** Inserts the accounts and deletes all keys. */
export async function openAccounts(): Promise<void> {
  const everyone = [ada, bob, staff, admin];
  await env.DB.batch([
    env.DB.prepare("DELETE FROM api_keys"),
    env.DB.prepare("DELETE FROM users"),
    ...everyone.map(({ id, roles }) =>
      env.DB.prepare(
        "INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES (?1, ?1 || '@example.com', 'Somebody', ?2, 1, 1)",
      ).bind(id, roles[0] ?? ""),
    ),
  ]);
}

export interface ApiKey {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly client_id?: string;
  readonly expires_at?: string;
  readonly last_used_on?: string;
  readonly previous_secret_expires_at?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export type NewKey = ApiKey & { readonly secret: string };

export const INPUT = { name: "Nightly import", scopes: ["comments:read"] };

export function post(service: Service, path: string, body: unknown): Promise<Response> {
  return service.fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export async function makeKey(service: Service, change: Record<string, unknown> = {}) {
  const response = await post(service, "/v1/api-keys", { ...INPUT, ...change });
  if (response.status !== 201) throw new Error(`no key: ${response.status} ${await response.text()}`);
  const key: NewKey = await response.json();
  return { path: `/v1/api-keys/${key.id}`, etag: header(response, "ETag"), key };
}

export async function rotate(service: Service, path: string, overlap?: number): Promise<NewKey> {
  const response = await post(service, `${path}/rotate`, overlap === undefined ? {} : { overlap_seconds: overlap });
  if (response.status !== 200) throw new Error(`not rotated: ${response.status} ${await response.text()}`);
  return response.json();
}

/** The stored row. */
export async function storedKey(id: string): Promise<Record<string, unknown>> {
  const row = await env.DB.prepare("SELECT * FROM api_keys WHERE id = ?").bind(id).first();
  if (row === null) throw new Error("no such key");
  return row;
}

export const ALL_SCOPES: readonly string[] = Object.keys(scopes);
