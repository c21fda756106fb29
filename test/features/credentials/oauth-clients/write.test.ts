/** Creating, changing, rotating and deleting OAuth clients: response, stored rows, and what each write revokes. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { CLIENT_SECRET_PATTERN, isClientSecret } from "#features/identity/clients/secrets.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../../support/requests.ts";
import type { Service } from "../../../support/service.ts";
import { post } from "../api-keys/keys.ts";
import {
  APP,
  makeClient,
  type NewClient,
  type OauthClient,
  openAdministration,
  rowsOf,
  SERVICE,
  storedClient,
  WEB,
} from "./clients.ts";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

let service: Service;

beforeEach(async () => {
  service = await openAdministration();
});

function lastRoundTrips(): number {
  return JSON.parse(service.logs.at(-1) ?? "{}")["db.round_trips"];
}

async function countOf(): Promise<number> {
  return (await env.DB.prepare("SELECT count(*) AS count FROM oauth_clients").first<number>("count")) ?? Number.NaN;
}

function remove(path: string): Promise<Response> {
  return service.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } });
}

describe("a new client", () => {
  it("that is confidential is returned with its secret, and stored without it", async () => {
    const { client, path, etag } = await makeClient(service);
    expect(lastRoundTrips()).toBe(1);
    const { client_secret: secret = "", ...shown } = client;
    expect(secret).toMatch(new RegExp(`^${CLIENT_SECRET_PATTERN}$`));
    expect(shown).toEqual({
      id: client.id,
      client_id: client.id.slice("client_".length),
      ...WEB,
      post_logout_redirect_uris: [],
      requires_dpop: false,
      created_at: "2026-01-31T12:00:00.000Z",
      updated_at: "2026-01-31T12:00:00.000Z",
    });
    const read = await service.fetch(path);
    expect(await read.json()).toEqual(shown);
    expect(header(read, "ETag")).toBe(etag);
    const stored = await storedClient(client.id);
    expect(stored["secret_hash"]).toBe(await hashSecret(secret));
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it("that is public has no secret", async () => {
    const { client } = await makeClient(service, APP);
    expect(client).not.toHaveProperty("client_secret");
    expect((await storedClient(client.id))["secret_hash"]).toBeNull();
  });

  it("with client_credentials has an account with the role customer by default", async () => {
    const { client } = await makeClient(service, SERVICE);
    expect(lastRoundTrips()).toBe(1);
    expect(await rowsOf("users", "id", client.account_id ?? "")).toMatchObject([
      { email: `${client.client_id}@service.invalid`, name: "Warehouse", role: "customer", kind: "service" },
    ]);
    const staff = await makeClient(service, { ...SERVICE, account_role: "staff" });
    expect(staff.client).not.toHaveProperty("account_role");
    expect(await rowsOf("users", "id", staff.client.account_id ?? "")).toMatchObject([{ role: "staff" }]);
  });

  it("for users only has no account", async () => {
    const { client } = await makeClient(service, { ...APP, grant_types: [DEVICE, "refresh_token"], redirect_uris: [] });
    expect(client).not.toHaveProperty("account_id");
    expect((await storedClient(client.id))["account_id"]).toBeNull();
  });

  it("has each value of a list once", async () => {
    const { client } = await makeClient(service, {
      ...WEB,
      redirect_uris: [...WEB.redirect_uris, ...WEB.redirect_uris],
      grant_types: ["refresh_token", "authorization_code", "refresh_token"],
      scopes: ["comments:write", "comments:read", "offline_access", "openid", "comments:write"],
    });
    expect(client).toMatchObject(WEB);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["an unknown type", { ...WEB, type: "secret" }, ["#/type not-allowed"]],
    ["an unknown grant", { ...WEB, grant_types: ["password"] }, ["#/grant_types/0 not-allowed"]],
    ["the implicit grant", { ...WEB, grant_types: ["implicit"] }, ["#/grant_types/0 not-allowed"]],
    ["no grant", { ...SERVICE, grant_types: [] }, ["#/grant_types too-small"]],
    ["a grant that requires another grant", { ...SERVICE, grant_types: ["refresh_token"] }, ["#/grant_types invalid"]],
    [
      "refresh tokens without users",
      { ...SERVICE, grant_types: ["client_credentials", "refresh_token"] },
      ["#/grant_types invalid"],
    ],
    ["client_credentials without a secret", { ...SERVICE, type: "public" }, ["#/grant_types invalid"]],
    ["no redirect URI", { ...WEB, redirect_uris: [] }, ["#/redirect_uris invalid"]],
    ["nowhere said", { ...WEB, redirect_uris: undefined }, ["# required"]],
    [
      "a redirect URI that it never uses",
      { ...SERVICE, redirect_uris: WEB.redirect_uris },
      ["#/redirect_uris invalid"],
    ],
    [
      "unsafe redirect URIs",
      { ...WEB, redirect_uris: ["https://a.example/ok", "http://a.example/", "https://*.a.example/"] },
      ["#/redirect_uris/1 invalid", "#/redirect_uris/2 invalid"],
    ],
    [
      "too many redirect URIs",
      { ...WEB, redirect_uris: Array.from({ length: 11 }, (_, n) => `https://a.example/${n}`) },
      ["#/redirect_uris too-large"],
    ],
    ["an account role without an account", { ...WEB, account_role: "staff" }, ["#/account_role invalid"]],
    ["an unknown role", { ...SERVICE, account_role: "root" }, ["#/account_role not-allowed"]],
    ["an unknown scope", { ...WEB, scopes: ["everything"] }, ["#/scopes/0 not-allowed"]],
    ["a client_id of its own choice", { ...WEB, client_id: "admin" }, ["#/client_id unknown"]],
    ["a secret of its own choice", { ...WEB, client_secret: "secret" }, ["#/client_secret unknown"]],
    [
      "an account of its own choice",
      { ...SERVICE, account_id: "user_01hzz0000000000000000000dd" },
      ["#/account_id unknown"],
    ],
  ])("with %s is refused", async (_, input, faults) => {
    const response = await post(service, "/v1/oauth-clients", input);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(faults);
    expect(response.status).toBe(422);
    expect(await countOf()).toBe(0);
  });
});

describe("a change", () => {
  const change = (path: string, body: unknown, etag = "*") =>
    patch(service, path, MERGE_PATCH, body, { "If-Match": etag });
  const revocationsOf = (client: OauthClient) => rowsOf("revocations", "id", client.client_id);

  it("returns what a following read returns, in two round trips", async () => {
    const { path, etag, client } = await makeClient(service, APP);
    service.advance(1000);
    const response = await patch(
      service,
      path,
      JSON_PATCH,
      [
        { op: "replace", path: "/name", value: "Other" },
        { op: "add", path: "/redirect_uris/-", value: "http://127.0.0.1/callback" },
        { op: "add", path: "/scopes/-", value: "users:read" },
      ],
      { "If-Match": etag },
    );
    expect(lastRoundTrips()).toBe(2);
    const after = {
      ...client,
      name: "Other",
      redirect_uris: [...APP.redirect_uris, "http://127.0.0.1/callback"],
      scopes: ["openid", "offline_access", "users:read", "comments:read", "comments:write"],
      updated_at: "2026-01-31T12:00:01.000Z",
    };
    expect(await response.json()).toEqual(after);
    const read = await service.fetch(path);
    expect(await read.json()).toEqual(after);
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
    expect(await revocationsOf(client)).toEqual([]);
  });

  it("that changes nothing keeps the ETag, also if lists are in another order", async () => {
    const { path, etag } = await makeClient(service);
    const response = await change(path, {
      scopes: [...WEB.scopes].reverse(),
      grant_types: [...WEB.grant_types].reverse(),
    });
    expect(header(response, "ETag")).toBe(etag);
  });

  it.each<[string, Record<string, unknown>]>([
    ["fewer scopes", { scopes: ["comments:read"] }],
    ["fewer grants", { grant_types: ["authorization_code"] }],
    ["required DPoP", { requires_dpop: true }],
  ])("to %s revokes the client's access tokens", async (_, body) => {
    const { path, client } = await makeClient(service);
    expect((await change(path, body)).status).toBe(200);
    expect(await revocationsOf(client)).toMatchObject([{ kind: "client", issued_before: service.now() + 1 }]);
  });

  it("adds client_credentials to a confidential client and gives it an account", async () => {
    const { path, client } = await makeClient(service);
    const grants = [...WEB.grant_types, "client_credentials"];
    const changed: OauthClient = await (await change(path, { grant_types: grants })).json();
    expect(lastRoundTrips()).toBe(2);
    expect(changed.grant_types).toEqual(grants);
    expect((await storedClient(client.id))["account_id"]).toBe(changed.account_id);
    expect(await rowsOf("users", "id", changed.account_id ?? "")).toMatchObject([
      { role: "customer", kind: "service" },
    ]);
    expect(await (await service.fetch(path)).json()).toEqual(changed);
    // If the grant is removed and added again, the account is the same.
    await change(path, { grant_types: WEB.grant_types });
    const again: OauthClient = await (await change(path, { grant_types: grants })).json();
    expect(again.account_id).toBe(changed.account_id);
  });

  it("does not add client_credentials to a public client", async () => {
    const { path } = await makeClient(service, APP);
    const response = await change(path, { grant_types: [...APP.grant_types, "client_credentials"] });
    expect(response.status).toBe(409);
  });

  it.each<[string, unknown, string]>([
    ["the type", { type: "public" }, "#/type read-only"],
    ["the client_id", { client_id: "admin" }, "#/client_id read-only"],
    ["the account", { account_id: "user_01hzz0000000000000000000dd" }, "#/account_id unknown"],
    ["the account's role", { account_role: "admin" }, "#/account_role unknown"],
    ["the secret", { client_secret: "secret" }, "#/client_secret unknown"],
    ["an unsafe redirect URI", { redirect_uris: ["http://a.example/"] }, "#/redirect_uris/0 invalid"],
    ["all redirects", { redirect_uris: [] }, "#/redirect_uris invalid"],
  ])("of %s is refused", async (_, body, fault) => {
    const { path, client } = await makeClient(service);
    const before = await storedClient(client.id);
    const response = await change(path, body);
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([fault]);
    expect(await storedClient(client.id)).toEqual(before);
  });
});

describe("a rotation", () => {
  it("returns the new secret, and the old one is valid until the overlap ends", async () => {
    const { path, client } = await makeClient(service);
    const response = await post(service, `${path}/rotate-secret`, { overlap_seconds: 60 });
    expect(response.status).toBe(200);
    expect(lastRoundTrips()).toBe(2);
    const rotated: NewClient = await response.json();
    expect(rotated.previous_secret_expires_at).toBe("2026-01-31T12:01:00.000Z");
    const row = await storedClient(client.id);
    const stored = {
      secretHash: row["secret_hash"] as string, // a confidential client has one
      previousSecretHash: row["previous_secret_hash"] as string, // the secret was rotated
      previousSecretExpiresAt: row["previous_secret_expires_at"] as number, // the secret was rotated
    };
    const end = service.now() + 60_000;
    expect(await isClientSecret(client.client_secret ?? "", stored, end - 1)).toBe(true);
    expect(await isClientSecret(client.client_secret ?? "", stored, end)).toBe(false);
    expect(await isClientSecret(rotated.client_secret ?? "", stored, end)).toBe(true);
    expect(await isClientSecret("", stored, end - 1)).toBe(false);
    const { client_secret: _, ...shown } = rotated;
    expect(await (await service.fetch(path)).json()).toEqual(shown);
  });

  it("of a public client returns 409", async () => {
    const { path } = await makeClient(service, APP);
    expect((await post(service, `${path}/rotate-secret`, {})).status).toBe(409);
  });
});

describe("a deletion", () => {
  it("ends the client's tokens, its account and the account's API keys", async () => {
    const { path, client } = await makeClient(service, SERVICE);
    const { client: other } = await makeClient(service);
    const account = client.account_id ?? "";
    const artifact =
      "INSERT INTO oauth_artifacts (model, id_hash, payload, client_id, expires_at) VALUES (?, ?, '{}', ?, 9e12)";
    await env.DB.batch([
      env.DB.prepare(artifact).bind("RefreshToken", "a", client.client_id),
      env.DB.prepare(artifact).bind("Grant", "b", client.client_id),
      env.DB.prepare(artifact).bind("Grant", "c", other.client_id),
      env.DB.prepare(
        "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, scopes, created_at, updated_at) VALUES ('key_1', ?, 'Key', 'hint', 'hash', '[]', 1, 1)",
      ).bind(account),
    ]);
    expect((await remove(path)).status).toBe(204);
    expect(lastRoundTrips()).toBe(2);
    const { results } = await env.DB.prepare("SELECT id_hash FROM oauth_artifacts").all();
    expect(results).toEqual([{ id_hash: "c" }]);
    expect(await rowsOf("revocations", "id", client.client_id)).toMatchObject([
      { kind: "client", issued_before: service.now() + 1 },
    ]);
    expect(await rowsOf("users", "id", account)).toMatchObject([{ deleted_at: service.now() }]);
    expect((await rowsOf("api_keys", "user_id", account)).map((row) => row["deleted_at"])).toEqual([service.now()]);
    expect((await storedClient(client.id))["deleted_at"]).toBe(service.now());
    expect((await service.fetch(path)).status).toBe(404);
    expect((await service.fetch(`/v1/oauth-clients/${other.id}`)).status).toBe(200);
  });

  it("of a client without an account revokes its tokens", async () => {
    const { path, client } = await makeClient(service, APP);
    expect((await remove(path)).status).toBe(204);
    expect(await rowsOf("revocations", "id", client.client_id)).toHaveLength(1);
  });
});
