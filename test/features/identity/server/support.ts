/**
 * The authorization server under test: its declared endpoints on the real database, with a controlled clock. A browser
 * keeps cookies and performs the person's steps without pages.
 */
import { env } from "cloudflare:workers";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { RevocableClaims } from "#core/contract/principal.ts";
import type { Settings } from "#core/contract/settings.ts";
import { openDatabase } from "#core/data/database.ts";
import { meterUsage } from "#core/data/usage.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { declareAuthorizationServer } from "#features/identity/server/endpoints.ts";
import { finishConsent, finishLogin } from "#features/identity/server/interactions.ts";
import { prepareNode } from "#features/identity/server/node-differences.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { browserHash } from "#features/identity/sign-ins/browser.ts";
import { cookiesOf } from "#features/identity/sign-ins/cookies.ts";
import { makeSecretToken } from "#features/identity/sign-ins/secret-token.ts";
import { signInCookieName } from "#features/identity/sign-ins/sign-in.ts";
import { readSettings } from "../../../../src/config.ts";
import { scopes } from "../../../support/modules.ts";

export const ORIGIN = "https://api.example.test";
export const START = Date.UTC(2026, 0, 31, 12);
export const REDIRECT = "http://127.0.0.1/callback";
export const SECRET = "a-secret-of-a-client";
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export const ADA = "user_01hzz0000000000000000000aa";
export const STAFF = "user_01hzz0000000000000000000bb";
export const ROBOT = "user_01hzz0000000000000000000cc";

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

export interface Server {
  readonly context: () => RequestContext;
  advance(ms: number): void;
  now(): number;
  get(path: string, query?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
}

export function startServer(settings: Partial<Settings> = {}): Server {
  let now = START;
  const context = (): RequestContext => ({
    now,
    settings: { ...readSettings(env), ...settings },
    scopes,
    origin: ORIGIN,
    address: "192.0.2.1",
    database: openDatabase(env.DB),
    objects: env,
    fetch: async () => new Response(null, { status: 500 }),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    defer: () => undefined,
    log: {},
    meter: meterUsage(() => now),
  });
  return {
    context,
    advance(ms) {
      now += ms;
    },
    now: () => now,
    get: (path, query = {}, headers = {}) =>
      serve(new Request(`${ORIGIN}${path}${searchOf(query)}`, { headers }), context()),
    post: (path, form, headers = {}) =>
      serve(new Request(ORIGIN + path, { method: "POST", headers, body: new URLSearchParams(form) }), context()),
  };
}

function searchOf(query: Record<string, string>): string {
  const search = new URLSearchParams(query).toString();
  return search === "" ? "" : `?${search}`;
}

export async function serve(request: Request, context: RequestContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const endpoint = declareAuthorizationServer(scopes).find(
    ({ contract }) =>
      contract.method === request.method &&
      new RegExp(`^${contract.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  );
  if (endpoint === undefined) throw new Error(`no endpoint for ${request.method} ${pathname}`);
  return endpoint.serve(request, context);
}

/** Inserts the accounts and clients of the tests. Loads the library too, which is slow on a busy machine. */
export async function seed(): Promise<void> {
  prepareNode();
  await import("#features/identity/server/bridge.ts");
  const user = env.DB.prepare(
    "INSERT INTO users (id, email, name, role, kind, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 0, 0)",
  );
  const client = env.DB.prepare(
    `INSERT INTO oauth_clients (id, client_id, name, type, account_id, secret_hash, redirect_uris, grant_types, scopes, requires_dpop, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
  );
  const everything = JSON.stringify([...Object.keys(scopes), "openid", "offline_access"]);
  const hash = await hashSecret(SECRET);
  const grants = JSON.stringify(["authorization_code", "refresh_token", DEVICE_GRANT]);
  const uris = JSON.stringify([REDIRECT, "https://app.example.test/callback"]);
  await env.DB.batch([
    user.bind(ADA, "ada@example.test", "Ada", "customer", "person"),
    user.bind(STAFF, "staff@example.test", "Staff", "staff", "person"),
    user.bind(ROBOT, "robot@service.invalid", "Robot", "customer", "service"),
    client.bind("client_a", "app", "An app", "public", null, null, uris, grants, everything, 0),
    client.bind("client_b", "other-app", "Another", "public", null, null, uris, grants, everything, 0),
    client.bind("client_c", "bound-app", "Bound", "public", null, null, uris, grants, everything, 1),
    client.bind("client_d", "web", "Web", "confidential", null, hash, uris, grants, everything, 0),
    client.bind(
      "client_e",
      "robot",
      "Robot",
      "confidential",
      ROBOT,
      hash,
      "[]",
      '["client_credentials"]',
      everything,
      0,
    ),
    client.bind("client_f", "reader", "Reader", "public", null, null, uris, grants, '["openid","comments:read"]', 0),
  ]);
}

export interface RequestOverrides {
  readonly client_id?: string;
  readonly scope?: string;
  readonly [name: string]: string | undefined;
}

export function authorizationOf(overrides: RequestOverrides = {}): Record<string, string> {
  const parameters = {
    client_id: "app",
    response_type: "code",
    redirect_uri: REDIRECT,
    state: "a state",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...overrides,
  };
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  async open(url: string): Promise<Response> {
    const request = new Request(new URL(url, ORIGIN), { headers: this.headers() });
    const response = await serve(request, this.#server.context());
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return cookie === "" ? {} : { cookie };
  }

  /** The hash that interactions are stored with. */
  hash(): Promise<string | undefined> {
    return browserHash({ origin: ORIGIN, ...cookiesOf(new Request(ORIGIN, { headers: this.headers() })) });
  }

  /** Starts a session of the account in this browser. */
  async signIn(accountId: string) {
    const { token, hash } = await makeSecretToken(this.#server.context().randomBytes);
    this.cookies.set(signInCookieName(ORIGIN), token);
    return {
      idHash: hash,
      accountId,
      accountVersion: await accountVersion(accountId),
      shown: requestableScopes(scopes),
      methods: ["pwd"],
      authenticatedAt: this.#server.now(),
    };
  }
}

/** Performs all steps of a person, and returns the redirect to the client. */
export async function authorize(server: Server, overrides: RequestOverrides = {}, accountId = ADA): Promise<URL> {
  const browser = new Browser(server);
  const first = await browser.open(`/oauth/authorize${searchOf(authorizationOf(overrides))}`);
  return walk(server, browser, first, accountId);
}

/** Performs the steps from the first interaction on. */
export async function walk(server: Server, browser: Browser, first: Response, accountId = ADA): Promise<URL> {
  const uid = uidIn(first);
  if (uid === undefined) return locationOf(first);
  const signIn = await browser.signIn(accountId);
  const hash = await browser.hash();
  const second = await browser.open(present(await finishLogin(server.context(), uid, hash, signIn)));
  const next = uidIn(second);
  if (next === undefined) return locationOf(second);
  return locationOf(await browser.open(present(await finishConsent(server.context(), next, hash, signIn))));
}

/** The account's credential version, or 1 for a missing account. */
export async function accountVersion(accountId: string): Promise<number> {
  const row = env.DB.prepare("SELECT credential_version AS version FROM users WHERE id = ?").bind(accountId);
  return (await row.first<number>("version")) ?? 1;
}

export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}

export function uidIn(response: Response): string | undefined {
  return /\/oauth\/interaction\/([^/]+)$/.exec(response.headers.get("location") ?? "")?.[1];
}

export function locationOf(response: Response): URL {
  const location = response.headers.get("location");
  if (location === null) throw new Error(`expected a redirect, received ${response.status}`);
  return new URL(location, ORIGIN);
}

export function codeIn(url: URL): string {
  return present(url.searchParams.get("code") ?? undefined);
}

export function redemption(code: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    grant_type: "authorization_code",
    client_id: "app",
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...more,
  };
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token?: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope?: string;
}

/** Tokens of a new authorization. */
export async function signIn(server: Server, overrides: RequestOverrides = {}, accountId = ADA): Promise<Tokens> {
  const wanted = { scope: "openid offline_access comments:read comments:write", ...overrides };
  const code = codeIn(await authorize(server, wanted, accountId));
  const response = await server.post("/oauth/token", redemption(code, { client_id: wanted.client_id ?? "app" }));
  if (response.status !== 200) throw new Error(await response.text());
  return response.json<Tokens>();
}

export function refresh(server: Server, token: string, more: Record<string, string> = {}): Promise<Response> {
  return server.post("/oauth/token", { grant_type: "refresh_token", client_id: "app", refresh_token: token, ...more });
}

export function claimsOf(token: string): Record<string, unknown> {
  const [, claims = ""] = token.split(".");
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })));
}

export function headerOf(token: string): Record<string, unknown> {
  const [header = ""] = token.split(".");
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(header, { alphabet: "base64url" })));
}

export async function errorOf(response: Response): Promise<string> {
  return (await response.json<{ error: string }>()).error;
}

export function basic(client: string, secret = SECRET): Record<string, string> {
  return { authorization: `Basic ${btoa(`${client}:${secret}`)}` };
}

/** The claims that a revocation can match. */
export function revocable(token: string): RevocableClaims {
  const { account_version: accountVersion, client_version: clientVersion, ...claims } = claimsOf(token);
  return { ...claims, accountVersion, clientVersion } as unknown as RevocableClaims; // claims of the server's own token
}
