/** What a token may do with API keys: a key never gets more access than the token that creates or changes it. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { revokeAccountStatements } from "#features/identity/accounts/store.ts";
import { withdrawConsent } from "#features/identity/consents/store.ts";
import { revokeGrant } from "#features/identity/server/store.ts";
import { startBlog } from "../../../support/blog/service.ts";
import { createBlog } from "../../../support/blog/tables.ts";
import { type Caller, callerOf, newAccount, newClient, newGrantOf, statusWith } from "../../../support/credentials.ts";
import { makeProofKey } from "../../../support/dpop.ts";
import { header, JSON_PATCH, MERGE_PATCH, problemOf } from "../../../support/requests.ts";
import type { Service } from "../../../support/service.ts";
import type { NewKey } from "./keys.ts";

const WIDE = ["users:read", "users:write", "comments:read", "comments:write"];
const NARROW = ["users:read", "users:write"];
const DAY_MS = 86_400_000;

let service: Service;
let ada: Awaited<ReturnType<typeof newAccount>>;
/** Holds all scopes of a customer. */
let wide: Caller;
/** Holds only the scopes of the account. */
let narrow: Caller;

beforeAll(createBlog);

beforeEach(async () => {
  service = startBlog();
  ada = await newAccount();
  wide = await callerOf(service, ada);
  narrow = await callerOf(service, ada, { scopes: NARROW });
});

const at = (ms: number) => new Date(service.now() + ms).toISOString();

async function make(caller: Caller, input: Record<string, unknown> = {}, headers = {}): Promise<NewKey> {
  const response = await caller("POST", "/v1/api-keys", { name: "Import", scopes: WIDE, ...input }, headers);
  expect(response.status, await response.clone().text()).toBe(201);
  return response.json();
}

function change(caller: Caller, { id }: { readonly id: string }, type: string, body: unknown): Promise<Response> {
  const headers = { "If-Match": "*", "Content-Type": type };
  return caller("PATCH", `/v1/api-keys/${id}`, JSON.stringify(body), headers);
}

describe("a token that lacks a scope of the key", () => {
  it("does not rotate the key, and the response names the missing scopes", async () => {
    const key = await make(wide);
    const response = await narrow("POST", `/v1/api-keys/${key.id}/rotate`, {});
    expect(response.status).toBe(403);
    expect(header(response, "WWW-Authenticate")).toContain(
      'error="insufficient_scope", scope="comments:read comments:write"',
    );
    expect((await problemOf(response)).detail).toContain("`comments:read`, `comments:write`");
    expect(await statusWith(service, key.secret)).toBe(200);
  });

  it.each([
    ["merge patch", MERGE_PATCH, { expires_at: null }, { expires_at: "2031-01-01T00:00:00.000Z" }],
    [
      "JSON Patch",
      JSON_PATCH,
      [{ op: "remove", path: "/expires_at" }],
      [{ op: "replace", path: "/expires_at", value: "2031-01-01T00:00:00.000Z" }],
    ],
  ])("does not extend the key by %s", async (_, type, endless, later) => {
    const key = await make(wide, { expires_at: "2030-01-01T00:00:00.000Z" });
    for (const body of [endless, later]) {
      const refused = await change(narrow, key, type, body);
      expect(refused.status).toBe(403);
      expect((await problemOf(refused)).detail).toContain("comments:read");
    }
    expect(await (await narrow("GET", `/v1/api-keys/${key.id}`)).json()).toMatchObject({
      expires_at: "2030-01-01T00:00:00.000Z",
    });
    expect((await change(wide, key, type, later)).status).toBe(200);
    expect((await change(wide, key, type, endless)).status).toBe(200);
  });

  it("renames, shortens and revokes the key", async () => {
    const key = await make(wide);
    expect((await change(narrow, key, MERGE_PATCH, { name: "Export" })).status).toBe(200);
    expect((await change(narrow, key, MERGE_PATCH, { expires_at: at(DAY_MS) })).status).toBe(200);
    expect(
      (await change(narrow, key, JSON_PATCH, [{ op: "replace", path: "/expires_at", value: at(1000) }])).status,
    ).toBe(200);
    const gone = await narrow("DELETE", `/v1/api-keys/${key.id}`, undefined, { "If-Match": "*" });
    expect(gone.status).toBe(204);
    expect(await statusWith(service, key.secret)).toBe(401);
  });

  it("rotates a key whose scopes it holds", async () => {
    const key = await make(wide, { scopes: NARROW });
    expect((await narrow("POST", `/v1/api-keys/${key.id}/rotate`, {})).status).toBe(200);
  });

  it("does not create a key with that scope", async () => {
    const refused = await narrow("POST", "/v1/api-keys", { name: "n", scopes: ["users:read", "comments:read"] });
    expect(refused.status).toBe(422);
    expect((await problemOf(refused)).errors).toMatchObject([{ pointer: "#/scopes/1", code: "not-permitted" }]);
  });

  it("does not gain access from a role that the account no longer has", async () => {
    const admin = await newAccount("admin");
    const asAdmin = await callerOf(service, admin);
    const key = await make(asAdmin, { scopes: ["users:read", "admin"] });
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(admin.id).run();
    const demoted = await callerOf(service, { ...admin, roles: ["customer"] }, { scopes: admin.scopes });
    expect((await demoted("POST", `/v1/api-keys/${key.id}/rotate`, {})).status).toBe(403);
    expect((await demoted("POST", "/v1/api-keys", { name: "n", scopes: ["admin"] })).status).toBe(422);
  });
});

describe("A17 a stored response with a secret", () => {
  const idempotently = (key: string) => ({ "Idempotency-Key": key });

  it("of a creation is replayed only to a token that could create the key now", async () => {
    const input = { name: "Import", scopes: WIDE };
    const key = await make(wide, input, idempotently("create-1"));
    const again = await wide("POST", "/v1/api-keys", input, idempotently("create-1"));
    expect(again.status).toBe(201);
    expect(header(again, "Idempotent-Replayed")).toBe("true");
    expect(await again.json()).toEqual(key);
    const refused = await narrow("POST", "/v1/api-keys", input, idempotently("create-1"));
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain(key.secret);
    const renewed = await callerOf(service, ada);
    expect((await renewed("POST", "/v1/api-keys", input, idempotently("create-1"))).status).toBe(201);
  });

  it("of a rotation is replayed only to a token that could rotate the key now", async () => {
    const { id } = await make(wide);
    const first = await wide("POST", `/v1/api-keys/${id}/rotate`, {}, idempotently("rotate-1"));
    const { secret } = await first.json<NewKey>();
    const refused = await narrow("POST", `/v1/api-keys/${id}/rotate`, {}, idempotently("rotate-1"));
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain(secret);
    const again = await wide("POST", `/v1/api-keys/${id}/rotate`, {}, idempotently("rotate-1"));
    expect((await again.json<NewKey>()).secret).toBe(secret);
  });

  it("is not replayed to another client, a bound token or a revoked token", async () => {
    const input = { name: "Import", scopes: WIDE };
    const grant = await newGrantOf(ada);
    const granted = await callerOf(service, ada, { grant });
    const key = await make(granted, input, idempotently("create-2"));
    const other = await callerOf(service, ada, { clientId: await newClient() });
    const bound = await callerOf(service, ada, { key: await makeProofKey() });
    for (const caller of [other, bound]) {
      const refused = await caller("POST", "/v1/api-keys", input, idempotently("create-2"));
      expect(refused.status).toBe(403);
      expect(await refused.text()).not.toContain(key.secret);
    }
    // Another isolate revokes the token. This isolate does not know yet and asks the database.
    await env.DB.prepare("INSERT INTO revocations (kind, id, issued_before, expires_at) VALUES ('grant', ?, 0, 9e12)")
      .bind(grant)
      .run();
    const refused = await granted("POST", "/v1/api-keys", input, idempotently("create-2"));
    expect(refused.status).toBe(401);
    expect(header(refused, "WWW-Authenticate")).toContain('error="invalid_token"');
  });
});

describe("a token that is bound to a key (DPoP)", () => {
  it("does not create, rotate or extend an API key, but may narrow one", async () => {
    const bound = await callerOf(service, ada, { key: await makeProofKey() });
    const key = await make(wide, { expires_at: at(DAY_MS) });
    for (const refused of [
      await bound("POST", "/v1/api-keys", { name: "n", scopes: ["users:read"] }),
      await bound("POST", `/v1/api-keys/${key.id}/rotate`, {}),
      await change(bound, key, MERGE_PATCH, { expires_at: null }),
      await change(bound, key, JSON_PATCH, [{ op: "replace", path: "/expires_at", value: at(2 * DAY_MS) }]),
    ]) {
      expect(refused.status).toBe(403);
      expect((await problemOf(refused)).detail).toContain("bound to a key (DPoP)");
    }
    expect((await change(bound, key, MERGE_PATCH, { name: "x", expires_at: at(1000) })).status).toBe(200);
    expect((await bound("DELETE", `/v1/api-keys/${key.id}`, undefined, { "If-Match": "*" })).status).toBe(204);
  });
});

describe("an API key and the client that received its secret", () => {
  const setClient = (clientId: string, column: string, value: unknown) =>
    env.DB.prepare(`UPDATE oauth_clients SET ${column} = ? WHERE client_id = ?`).bind(value, clientId).run();

  it("the key names the client", async () => {
    expect(await make(wide)).toMatchObject({ client_id: ada.clientId });
  });

  it("the key narrows with the client, and ends if the client requires DPoP, loses its user grants or is deleted", async () => {
    const clientId = ada.clientId ?? "";
    const { secret } = await make(wide);
    expect(await statusWith(service, secret, "/v1/comments?limit=1")).toBe(200);
    await setClient(clientId, "scopes", '["users:read"]');
    expect(await statusWith(service, secret, "/v1/comments?limit=1")).toBe(403);
    expect(await statusWith(service, secret)).toBe(200);
    for (const [column, value, former] of [
      ["requires_dpop", 1, 0],
      ["grant_types", '["client_credentials"]', '["authorization_code"]'],
      ["deleted_at", 1, null],
    ] as const) {
      await setClient(clientId, column, value);
      expect(await statusWith(service, secret), column).toBe(401);
      expect(service.logs.at(-1)).toContain('"auth.failure":"api-key:client"');
      await setClient(clientId, column, former);
      expect(await statusWith(service, secret), column).toBe(200);
    }
  });

  it("the key outlives its token, and survives signing out everywhere", async () => {
    const { secret } = await make(wide);
    await housekeep(openDatabase(env.DB), revokeAccountStatements(openDatabase(env.DB), ada.id, service.now()));
    service.advance(DAY_MS);
    expect(await statusWith(service, secret)).toBe(200);
  });

  it("the key ends with the consent behind its token", async () => {
    const grant = await newGrantOf(ada);
    const other = await callerOf(service, ada, { grant: await newGrantOf(ada) });
    const granted = await callerOf(service, ada, { grant });
    const [ended, kept, rotated] = [await make(granted), await make(other), await make(granted)];
    const { secret: next } = await (await other("POST", `/v1/api-keys/${rotated.id}/rotate`, {})).json<NewKey>();
    await revokeGrant(openDatabase(env.DB), grant, service.now());
    expect(await statusWith(service, ended.secret)).toBe(401);
    expect(await statusWith(service, rotated.secret)).toBe(401);
    expect(await statusWith(service, kept.secret)).toBe(200);
    expect(await statusWith(service, next)).toBe(200);
    expect((await wide("GET", `/v1/api-keys/${ended.id}`)).status).toBe(404);
    const shown = await (await wide("GET", `/v1/api-keys/${rotated.id}`)).json();
    expect(shown).not.toHaveProperty("previous_secret_expires_at");
  });

  it("the key ends when the app's access is removed, whichever grant it came from", async () => {
    const { secret } = await make(wide);
    const elsewhere = await callerOf(service, ada, { clientId: await newClient() });
    const other = await make(elsewhere);
    const bob = await newAccount();
    const bobs = await make(await callerOf(service, bob, { clientId: ada.clientId ?? "" }));
    const database = openDatabase(env.DB);
    await withdrawConsent({ database, now: service.now() }, { accountId: ada.id, clientId: ada.clientId ?? "" });
    expect(await statusWith(service, secret)).toBe(401);
    expect(await statusWith(service, other.secret)).toBe(200);
    expect(await statusWith(service, bobs.secret)).toBe(200);
  });

  it("each secret ends with the client that received it", async () => {
    const second = await newClient();
    const elsewhere = await callerOf(service, ada, { clientId: second });
    const key = await make(wide);
    const rotated = await (await elsewhere("POST", `/v1/api-keys/${key.id}/rotate`, {})).json<NewKey>();
    expect(rotated.client_id).toBe(second);
    await setClient(ada.clientId ?? "", "requires_dpop", 1);
    expect(await statusWith(service, key.secret)).toBe(401);
    expect(await statusWith(service, rotated.secret)).toBe(200);
    await setClient(ada.clientId ?? "", "requires_dpop", 0);
    await setClient(second, "requires_dpop", 1);
    expect(await statusWith(service, key.secret)).toBe(200);
    expect(await statusWith(service, rotated.secret)).toBe(401);
  });

  it("a key from before clients were recorded is limited by the account alone", async () => {
    const { id, secret } = await make(wide);
    await env.DB.prepare("UPDATE api_keys SET client_id = NULL, grant_id = NULL WHERE id = ?").bind(id).run();
    await setClient(ada.clientId ?? "", "requires_dpop", 1);
    expect(await statusWith(service, secret)).toBe(200);
  });
});

describe("an admin", () => {
  it("revokes the keys of others, and cannot do anything else with them", async () => {
    const key = await make(wide);
    const admin = await callerOf(service, await newAccount("admin"));
    const path = `/v1/api-keys/${key.id}`;
    expect((await admin("POST", `${path}/rotate`, {})).status).toBe(403);
    expect((await change(admin, key, MERGE_PATCH, { name: "x" })).status).toBe(403);
    const etag = header(await admin("GET", path), "ETag");
    expect((await admin("DELETE", path, undefined, { "If-Match": etag })).status).toBe(204);
    expect(await statusWith(service, key.secret)).toBe(401);
  });

  it("needs both scopes for it; without them the key looks missing", async () => {
    const { id } = await make(wide);
    const remove = (caller: Caller) => caller("DELETE", `/v1/api-keys/${id}`, undefined, { "If-Match": "*" });
    const admin = await newAccount("admin");
    const reader = await callerOf(service, admin, { scopes: ["users:read", "admin"] });
    expect((await remove(reader)).status).toBe(403);
    const customerLike = await callerOf(service, admin, { scopes: ["users:read", "users:write"] });
    expect((await remove(customerLike)).status).toBe(404);
    for (const role of ["customer", "staff"] as const) {
      expect((await remove(await callerOf(service, await newAccount(role)))).status).toBe(404);
    }
    expect((await remove(await callerOf(service, admin, { scopes: ["users:write", "admin"] }))).status).toBe(204);
  });
});

describe("an expiry", () => {
  it("in the past returns 422 when a key is created, and when it is changed in either format", async () => {
    const key = await make(wide);
    for (const past of [at(-1), at(0), "2020-01-01T00:00:00.000Z"]) {
      for (const refused of [
        await wide("POST", "/v1/api-keys", { name: "n", scopes: ["users:read"], expires_at: past }),
        await change(wide, key, MERGE_PATCH, { expires_at: past }),
        await change(wide, key, JSON_PATCH, [{ op: "add", path: "/expires_at", value: past }]),
      ]) {
        expect(refused.status, past).toBe(422);
        expect((await problemOf(refused)).errors).toMatchObject([{ pointer: "#/expires_at", code: "too-small" }]);
      }
    }
    expect((await change(wide, key, MERGE_PATCH, { expires_at: at(1) })).status).toBe(200);
  });

  it("that has passed prevents a rotation, but not a rename, an extension or a revocation", async () => {
    const key = await make(wide, { expires_at: at(1000) });
    service.advance(1000);
    const refused = await wide("POST", `/v1/api-keys/${key.id}/rotate`, {});
    expect(refused.status).toBe(409);
    expect((await problemOf(refused)).detail).toContain("expired");
    expect((await change(wide, key, MERGE_PATCH, { name: "Old" })).status).toBe(200);
    expect((await change(narrow, key, MERGE_PATCH, { expires_at: at(1000) })).status).toBe(403);
    expect((await change(wide, key, MERGE_PATCH, { expires_at: at(1000) })).status).toBe(200);
    expect((await wide("POST", `/v1/api-keys/${key.id}/rotate`, {})).status).toBe(200);
    service.advance(2000);
    expect((await narrow("DELETE", `/v1/api-keys/${key.id}`, undefined, { "If-Match": "*" })).status).toBe(204);
  });

  it("also ends the overlap of a rotation", async () => {
    const key = await make(wide, { expires_at: at(3_600_000) });
    const rotated = await (await wide("POST", `/v1/api-keys/${key.id}/rotate`, {})).json<NewKey>();
    expect(rotated.previous_secret_expires_at).toBe(key.expires_at);
  });
});
