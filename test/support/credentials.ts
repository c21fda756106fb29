/** Accounts and clients with real access tokens, so tests exercise what a token may do with credentials. */
import { env } from "cloudflare:workers";
import { makeId } from "#core/contract/identifier.ts";
import type { Principal, Role } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { makeProof, type ProofKey } from "./dpop.ts";
import { scopes } from "./modules.ts";
import { ownToken } from "./own-tokens.ts";
import { ORIGIN, type Service, START } from "./service.ts";

type Account = Exclude<Principal, { kind: "anonymous" }>;

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** A new account with this role. Each test needs its own, because isolates remember revocations across tests. */
export async function newAccount(role: Role = "customer"): Promise<Account> {
  const id = makeId("user", START, random(10));
  await env.DB.prepare(
    "INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES (?1, ?1 || '@example.com', 'Somebody', ?2, 1, 1)",
  )
    .bind(id, role)
    .run();
  return {
    kind: "user",
    id,
    roles: [role],
    scopes: scopesOf(scopes, role),
    credential: "token",
    clientId: await newClient(),
    authenticatedAt: START - 60_000,
    methods: ["pwd"],
  };
}

/** A new public client that may request all scopes. */
export async function newClient(): Promise<string> {
  const id = makeId("client", START, random(10));
  const clientId = id.slice("client_".length);
  await env.DB.prepare(
    `INSERT INTO oauth_clients (id, client_id, name, type, redirect_uris, grant_types, scopes, created_at, updated_at)
     VALUES (?, ?, 'An app', 'public', '["https://app.example.test/"]', '["authorization_code","refresh_token"]', ?, 1, 1)`,
  )
    .bind(id, clientId, JSON.stringify(scopesOf(scopes, "admin")))
    .run();
  return clientId;
}

export interface TokenOptions {
  readonly scopes?: readonly string[];
  readonly clientId?: string;
  readonly grant?: string;
  readonly jti?: string;
  /** Bound to the key. */
  readonly key?: ProofKey;
  readonly now?: number;
}

/** Sends a request with a token. */
export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Response>;

/** A caller with a token of the account, as the authorization server would issue it now. */
export async function callerOf(service: Service, account: Account, options: TokenOptions = {}): Promise<Caller> {
  const { scopes = account.scopes, clientId = account.clientId ?? "", grant, jti, key, now = service.now() } = options;
  const versions = await env.DB.prepare(
    "SELECT (SELECT credential_version FROM users WHERE id = ?) AS account, (SELECT credential_version FROM oauth_clients WHERE client_id = ?) AS client",
  )
    .bind(account.id, clientId)
    .first<{ account: number; client: number }>();
  const claims = {
    account_version: versions?.account ?? 0,
    client_version: versions?.client ?? 0,
    ...(grant === undefined ? {} : { grant }),
    ...(jti === undefined ? {} : { jti }),
    ...(key === undefined ? {} : { cnf: { jkt: key.jkt } }),
  };
  const token = await ownToken({ ...account, scopes: [...scopes], clientId }, claims, now);
  return async (method, path, body, headers = {}) => {
    const isSentAsIs = body === undefined || typeof body === "string" || body instanceof ReadableStream;
    const type = isSentAsIs ? {} : { "Content-Type": "application/json" };
    const claimed = { htm: method, htu: ORIGIN + path, iat: Math.floor(service.now() / 1000) };
    const authorization =
      key === undefined
        ? { Authorization: `Bearer ${token}` }
        : { Authorization: `DPoP ${token}`, DPoP: await makeProof(key, token, { claims: claimed }) };
    return service.fetch(path, {
      method,
      headers: { ...type, ...authorization, ...headers },
      ...(body === undefined ? {} : { body: isSentAsIs ? body : JSON.stringify(body) }),
    });
  };
}

/** The status of a request for the caller's own account, with an API key as the token. */
export async function statusWith(service: Service, secret: string, path = "/v1/users/me"): Promise<number> {
  const response = await service.fetch(path, { headers: { Authorization: `Bearer ${secret}` } });
  return response.status;
}

/** A grant of the account for the client, as consent creates it. */
export async function newGrantOf(account: Account, clientId = account.clientId ?? ""): Promise<string> {
  const grant = crypto.randomUUID();
  await env.DB.prepare(
    "INSERT INTO oauth_artifacts (model, id_hash, payload, grant_id, account_id, client_id, expires_at) VALUES ('Grant', ?1, '{}', ?1, ?2, ?3, ?4)",
  )
    .bind(grant, account.id, clientId, START + 30 * 86_400_000)
    .run();
  return grant;
}
