/** What a token may do with OAuth clients: a service client never gets more scopes than the token holds. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { rememberRevocations } from "#features/identity/revocations/memory.ts";
import { type Caller, callerOf, newAccount, newClient, statusWith } from "../../../support/credentials.ts";
import { makeProofKey } from "../../../support/dpop.ts";
import { header, JSON_PATCH, MERGE_PATCH, problemOf } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { APP, type NewClient, SERVICE, WEB } from "./clients.ts";

const READS_COMMENTS = ["admin", "users:read", "comments:read"];

let service: Service;
let adminAccount: Awaited<ReturnType<typeof newAccount>>;
let admin: Caller;
/** An admin that also reads comments, and has no other scopes. */
let narrow: Caller;
let bound: Caller;

beforeEach(async () => {
  service = startService();
  adminAccount = await newAccount("admin");
  admin = await callerOf(service, adminAccount);
  narrow = await callerOf(service, adminAccount, { scopes: READS_COMMENTS });
  bound = await callerOf(service, adminAccount, { key: await makeProofKey() });
});

async function make(caller: Caller, input: Record<string, unknown> = SERVICE): Promise<NewClient> {
  const response = await caller("POST", "/v1/oauth-clients", input);
  expect(response.status, await response.clone().text()).toBe(201);
  return response.json();
}

const rotate = (caller: Caller, { id }: NewClient, body: unknown = {}) =>
  caller("POST", `/v1/oauth-clients/${id}/rotate-secret`, body);

function change(caller: Caller, { id }: NewClient, body: unknown): Promise<Response> {
  const headers = { "Content-Type": Array.isArray(body) ? JSON_PATCH : MERGE_PATCH, "If-Match": "*" };
  return caller("PATCH", `/v1/oauth-clients/${id}`, JSON.stringify(body), headers);
}

describe("a client with the grant client_credentials", () => {
  const WIDE = { ...SERVICE, scopes: ["comments:read", "comments:write"] };

  it("is not created with a scope that the token lacks", async () => {
    const refused = await narrow("POST", "/v1/oauth-clients", WIDE);
    expect(refused.status).toBe(422);
    expect((await problemOf(refused)).errors).toMatchObject([{ pointer: "#/scopes/1", code: "not-permitted" }]);
    await make(narrow, { ...SERVICE, scopes: ["openid", "comments:read"] });
  });

  it("is not given a new secret if the token lacks one of its scopes", async () => {
    const client = await make(admin, WIDE);
    const refused = await rotate(narrow, client);
    expect(refused.status).toBe(403);
    expect(header(refused, "WWW-Authenticate")).toContain('error="insufficient_scope", scope="comments:write"');
    expect((await rotate(admin, client)).status).toBe(200);
    expect((await rotate(narrow, await make(admin))).status).toBe(200);
  });

  it.each([
    ["a scope", { scopes: ["comments:read", "comments:write", "users:write"] }],
    [
      "a scope that the token holds, next to one that it lacks",
      { scopes: ["users:read", "comments:read", "comments:write"] },
    ],
    ["unbound tokens", { requires_dpop: false }],
    ["a scope by JSON Patch", [{ op: "add", path: "/scopes/-", value: "users:read" }]],
  ])("is not given %s if the token lacks a scope of the result", async (_, body) => {
    const client = await make(admin, { ...WIDE, requires_dpop: true });
    expect((await change(narrow, client, body)).status).toBe(422);
    expect((await change(admin, client, body)).status).toBe(200);
  });

  it("cannot be made from a client for users if the token lacks one of its scopes", async () => {
    const client = await make(narrow, WEB);
    const body = { grant_types: [...WEB.grant_types, "client_credentials"] };
    expect((await change(narrow, client, body)).status).toBe(422);
    expect((await change(admin, client, body)).status).toBe(200);
  });

  it("is renamed, narrowed and deleted by any admin", async () => {
    const client = await make(admin, WIDE);
    expect((await change(narrow, client, { name: "Depot" })).status).toBe(200);
    expect((await change(narrow, client, { requires_dpop: true })).status).toBe(200);
    expect((await change(narrow, client, { scopes: ["comments:write"] })).status).toBe(200);
    const gone = await narrow("DELETE", `/v1/oauth-clients/${client.id}`, undefined, { "If-Match": "*" });
    expect(gone.status).toBe(204);
  });

  it("is created and extended by a bound token only if its own tokens are bound", async () => {
    const refused = await bound("POST", "/v1/oauth-clients", SERVICE);
    expect(refused.status).toBe(403);
    expect((await problemOf(refused)).detail).toContain("bound to a key (DPoP)");
    expect((await rotate(bound, await make(admin))).status).toBe(403);
    const client = await make(bound, { ...SERVICE, requires_dpop: true });
    expect((await rotate(bound, client)).status).toBe(200);
    expect((await change(bound, client, { requires_dpop: false })).status).toBe(403);
    expect((await change(bound, client, { scopes: ["comments:read", "users:read"] })).status).toBe(200);
  });
});

it("a client for users is created and rotated by any admin, because users consent to its scopes", async () => {
  for (const caller of [narrow, bound]) {
    await make(caller, APP);
    expect((await rotate(caller, await make(caller, WEB))).status).toBe(200);
  }
});

it("A17 a stored response with a secret is replayed only to a token that could do the same now", async () => {
  const once = { "Idempotency-Key": crypto.randomUUID() };
  const input = { ...SERVICE, scopes: ["comments:read", "comments:write"] };
  const made = await admin("POST", "/v1/oauth-clients", input, once);
  const { id, client_secret: secret = "" } = await made.json<NewClient>();
  const rotating = { "Idempotency-Key": crypto.randomUUID() };
  const path = `/v1/oauth-clients/${id}/rotate-secret`;
  expect((await admin("POST", path, {}, rotating)).status).toBe(200);
  const elsewhere = await callerOf(service, adminAccount, { clientId: await newClient() });
  for (const caller of [narrow, bound, elsewhere]) {
    for (const refused of [
      await caller("POST", "/v1/oauth-clients", input, once),
      await caller("POST", path, {}, rotating),
    ]) {
      expect(refused.status).toBe(403);
      expect(await refused.text()).not.toContain(secret);
    }
  }
  const again = await admin("POST", "/v1/oauth-clients", input, once);
  expect((await again.json<NewClient>()).client_secret).toBe(secret);
});

describe("credentials from a client", () => {
  it("deleting the client ends the API keys created through it", async () => {
    const client = await make(admin, WEB);
    const ada = await newAccount();
    const caller = await callerOf(service, ada, { clientId: client.client_id });
    const key = await (await caller("POST", "/v1/api-keys", { name: "n", scopes: ["comments:read"] })).json<{
      id: string;
      secret: string;
    }>();
    expect(await statusWith(service, key.secret, "/.well-known/api-catalog")).toBe(200);
    await admin("DELETE", `/v1/oauth-clients/${client.id}`, undefined, { "If-Match": "*" });
    expect(await statusWith(service, key.secret, "/.well-known/api-catalog")).toBe(401);
    expect((await caller("GET", "/v1/users/me")).status).toBe(401);
    const other = await callerOf(service, ada);
    expect((await other("GET", `/v1/api-keys/${key.id}`)).status).toBe(404);
  });

  it.each([
    [0, true],
    [60, false],
  ])("a rotation with %d seconds of overlap revokes its access tokens: %s", async (overlap_seconds, isEnded) => {
    const client = await make(admin);
    await rotate(admin, client, { overlap_seconds });
    const claims = {
      jti: "t",
      account: client.account_id ?? "",
      accountVersion: 1,
      client_id: client.client_id,
      clientVersion: 1,
    };
    const context = { now: service.now(), database: openDatabase(env.DB) };
    expect(await rememberRevocations().isRevoked(claims, context)).toBe(isEnded);
  });
});
