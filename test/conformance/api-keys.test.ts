/** API keys over HTTP: as credentials, and as resources of their owners. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { writeApiKey } from "#features/identity/api-keys/format.ts";
import {
  ada,
  admin,
  bob,
  INPUT,
  MISSING,
  makeKey,
  openAccounts,
  post,
  rotate,
  staff,
} from "../features/credentials/api-keys/keys.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../support/requests.ts";
import { type Service, startService } from "../support/service.ts";

const ME = "/v1/users/me";

let asAda: Service;
let asBob: Service;
/** Authenticates each request by its credentials. */
let service: Service;

beforeEach(async () => {
  await openAccounts();
  asAda = startService({ as: ada });
  asBob = startService({ as: bob });
  service = startService();
});

function withKey(secret: string, path: string, init: RequestInit = {}): Promise<Response> {
  return service.fetch(path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${secret}` } });
}

async function stateOf(): Promise<unknown> {
  const [keys, collections] = await env.DB.batch([
    env.DB.prepare("SELECT * FROM api_keys ORDER BY seq"),
    env.DB.prepare("SELECT * FROM collections ORDER BY name"),
  ]);
  return [keys?.results, collections?.results];
}

/** The response without the values that differ with each request. */
async function comparable(response: Response, path: string) {
  const own = ["x-correlation-id", "traceparent"];
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.includes(name)),
    body: text.replaceAll(header(response, "X-Correlation-Id"), "ID").replaceAll(path, "PATH"),
  };
}

describe("J01 an API key as a credential", () => {
  it("authenticates as its owner", async () => {
    const { key } = await makeKey(asAda, { scopes: ["users:read"] });
    const response = await withKey(key.secret, ME);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: ada.id });
    expect(service.logs.at(-1)).toContain('"principal.kind":"user"');
  });

  it("gets 403 with the name of the missing scope", async () => {
    const { key } = await makeKey(asAda, { scopes: ["comments:read"] });
    const response = await withKey(key.secret, ME);
    expect(response.status).toBe(403);
    expect(header(response, "WWW-Authenticate")).toContain('error="insufficient_scope", scope="users:read"');
  });

  it("gets the same 401 for every fault, on public routes too", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 0);
    const { key: ended } = await makeKey(asAda, { expires_at: new Date(asAda.now() + 1000).toISOString() });
    const { key: gone, path: gonePath } = await makeKey(asAda);
    await asAda.fetch(gonePath, { method: "DELETE", headers: { "If-Match": "*" } });
    const invalid: Record<string, string> = {
      [key.secret]: "expired",
      [ended.secret]: "expired",
      [gone.secret]: "unknown",
      [writeApiKey(new Uint8Array(20).fill(5))]: "unknown",
      [`${next.secret.slice(0, -3)}___`]: "malformed",
      [`${next.secret.slice(0, 9)}x${next.secret.slice(10, -1)}`]: "malformed",
      [next.secret.replace(/(?<=^sluice_.{5})./, (sign) => (sign === "a" ? "b" : "a"))]: "checksum",
    };
    service.advance(2000);
    const refusals = new Set<string>();
    for (const [secret, fault] of Object.entries(invalid)) {
      const response = await withKey(secret, "/.well-known/api-catalog");
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).toContain('error="invalid_token"');
      const line = JSON.parse(service.logs.at(-1) ?? "{}");
      expect(line["auth.failure"]).toBe(`api-key:${fault}`);
      expect(line["db.round_trips"]).toBe(fault === "malformed" || fault === "checksum" ? 0 : 1);
      refusals.add(JSON.stringify(await comparable(response, "/.well-known/api-catalog")));
    }
    expect(refusals.size).toBe(1);
    expect((await withKey(next.secret, "/.well-known/api-catalog")).status).toBe(200);
  });

  it("is accepted only as a bearer token in the Authorization header", async () => {
    const { key } = await makeKey(asAda, { scopes: ["users:read"] });
    expect((await service.fetch(ME, { headers: { "X-Api-Key": key.secret } })).status).toBe(401);
    expect((await service.fetch(ME, { headers: { Authorization: `Basic ${btoa(`${key.secret}:`)}` } })).status).toBe(
      401,
    );
    expect((await service.fetch(ME, { headers: { Authorization: key.secret } })).status).toBe(401);
    expect((await service.fetch(ME, { headers: { Authorization: `DPoP ${key.secret}` } })).status).toBe(401);
    const twice = { headers: { Authorization: `Bearer ${key.secret}, Bearer ${key.secret}` } };
    expect((await service.fetch(ME, twice)).status).toBe(400);
  });

  it("has a `last_used_on` that its owner can read", async () => {
    const { key, path } = await makeKey(asAda);
    expect((await withKey(key.secret, "/.well-known/api-catalog")).status).toBe(200);
    expect(await (await asAda.fetch(path)).json()).toMatchObject({ last_used_on: "2026-01-31" });
  });
});

describe("OWASP 5 the API keys of an account", () => {
  const OPERATIONS: readonly [string, (path: string) => [string, RequestInit]][] = [
    ["list", () => ["/v1/api-keys", {}]],
    ["create", () => ["/v1/api-keys", json(INPUT)]],
    ["read", (path) => [path, {}]],
    ["change", (path) => [path, mergePatch({ name: "Mine" })]],
    ["rotate", (path) => [`${path}/rotate`, json({})]],
    ["delete", (path) => [path, { method: "DELETE", headers: { "If-Match": "*" } }]],
  ];

  it.each(OPERATIONS)("%s: 401 without credentials, 403 with an API key, even an admin's", async (_, of) => {
    const { key, path } = await makeKey(startService({ as: admin }), { scopes: [...admin.scopes] });
    const [target, init] = of(path);
    expect((await service.fetch(target, init)).status).toBe(401);
    const response = await withKey(key.secret, target, init);
    expect(response.status).toBe(403);
    expect(response.headers.get("WWW-Authenticate")).toBeNull();
  });

  const WRITES = ["create", "change", "rotate", "delete"];

  it.each(OPERATIONS)("%s: requires the scope of the operation", async (name, of) => {
    const { path } = await makeKey(asAda);
    const [target, init] = of(path);
    const reader = startService({ as: { ...ada, scopes: ["users:read", "comments:read"] } });
    const isWrite = WRITES.includes(name);
    expect((await reader.fetch(target, init)).status).toBe(isWrite ? 403 : 200);
    const writer = startService({ as: { ...ada, scopes: ["users:write", "comments:read"] } });
    expect((await writer.fetch(target, init)).status).toBe(
      { list: 403, create: 201, read: 200, change: 200, rotate: 200, delete: 204 }[name],
    );
    const neither = startService({ as: { ...ada, scopes: ["comments:read"] } });
    const refused = await neither.fetch(target, init);
    expect(refused.status).toBe(403);
    expect(header(refused, "WWW-Authenticate")).toMatch(/scope="users:(read|write)"/);
  });

  it("admins read and delete the keys of all accounts, and write only their own; staff see only their own", async () => {
    const { path } = await makeKey(asAda);
    const asAdmin = startService({ as: admin });
    expect((await asAdmin.fetch(path)).status).toBe(200);
    for (const [name, of] of OPERATIONS.filter(([name]) => WRITES.includes(name) && name !== "create")) {
      if (name !== "delete") expect((await asAdmin.fetch(...of(path))).status, name).toBe(403);
    }
    const asStaff = startService({ as: staff });
    expect((await asStaff.fetch(path)).status).toBe(404);
    expect((await asAdmin.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } })).status).toBe(204);
    expect(await (await asStaff.fetch("/v1/api-keys")).json()).toMatchObject({ data: [] });
  });
});

describe("G12 a key of another account gets the same response as a missing one, byte for byte", () => {
  const attempts: readonly [string, (etag: string) => [suffix: string, RequestInit]][] = [
    ["GET", () => ["", {}]],
    ["HEAD", () => ["", { method: "HEAD" }]],
    ["GET with the current ETag", (etag) => ["", { headers: { "If-None-Match": etag } }]],
    ["GET of some fields", () => ["?fields=hint", {}]],
    ["PATCH without If-Match", () => ["", mergePatch({ name: "Mine" }, {})]],
    ["PATCH with the current ETag", (etag) => ["", mergePatch({ name: "Mine" }, { "If-Match": etag })]],
    ["PATCH with an invalid body", () => ["", mergePatch({ user_id: bob.id })]],
    ["DELETE without If-Match", () => ["", { method: "DELETE" }]],
    ["DELETE with the current ETag", (etag) => ["", { method: "DELETE", headers: { "If-Match": etag } }]],
    ["a rotation", () => ["/rotate", json({})]],
    ["a rotation with an invalid body", () => ["/rotate", json({ overlap_seconds: -1 })]],
  ];

  it.each(attempts)("%s", async (_, of) => {
    const { path } = await makeKey(asAda);
    const before = await stateOf();
    const [suffix, init] = of(header(await asAda.fetch(path), "ETag"));
    const foreign = await comparable(await asBob.fetch(path + suffix, init), path);
    const missing = await comparable(await asBob.fetch(MISSING + suffix, init), MISSING);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(missing);
    expect(await stateOf()).toEqual(before);
  });
});

describe("I04 read-only members of an API key", () => {
  const members = {
    id: "key_01hzz0000000000000000000zz",
    user_id: bob.id,
    hint: "sluice_AAAAA",
    secret: "sluice_mine",
    secret_hash: "0".repeat(64),
    last_used_on: "2020-01-01",
    previous_secret_expires_at: "2030-01-01T00:00:00.000Z",
    created_at: "2020-01-01T00:00:00.000Z",
    updated_at: "2020-01-01T00:00:00.000Z",
    version: 7,
    role: "admin",
    owner: bob.id,
  };

  it.each(Object.entries(members))("%s cannot be set by POST, merge patch or JSON Patch", async (name, value) => {
    const { path } = await makeKey(asAda);
    const before = await stateOf();
    const match = { "If-Match": "*" };
    const responses = [
      await post(asAda, "/v1/api-keys", { ...INPUT, [name]: value }),
      await patch(asAda, path, MERGE_PATCH, { [name]: value }, match),
      await patch(asAda, path, JSON_PATCH, [{ op: "add", path: `/${name}`, value }], match),
    ];
    for (const response of responses) expect(response.status).toBe(422);
    expect((await problemOf(responses[0] as Response)).errors).toMatchObject([
      { pointer: `#/${name}`, code: "unknown" },
    ]); // the list has three responses
    expect(await stateOf()).toEqual(before);
  });

  it("scopes cannot be changed after the key is created", async () => {
    const { path } = await makeKey(asAda);
    const response = await patch(asAda, path, MERGE_PATCH, { scopes: ["users:write"] }, { "If-Match": "*" });
    expect(response.status).toBe(422);
    expect((await problemOf(response)).errors).toMatchObject([{ pointer: "#/scopes", code: "read-only" }]);
    expect((await patch(asAda, path, MERGE_PATCH, { scopes: INPUT.scopes }, { "If-Match": "*" })).status).toBe(200);
  });
});

describe("C04 a write to an API key", () => {
  it("requires If-Match with the current ETag", async () => {
    const { path, etag } = await makeKey(asAda);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "B" }, {})).status).toBe(428);
    expect((await asAda.fetch(path, { method: "DELETE" })).status).toBe(428);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "B" }, { "If-Match": etag })).status).toBe(200);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "C" }, { "If-Match": etag })).status).toBe(412);
    expect((await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(412);
  });
});

it("K04 no secret is in the log, in a read or in an error", async () => {
  const { key, path } = await makeKey(asAda);
  const next = await rotate(asAda, path);
  const secrets = [key.secret, next.secret].map((secret) => secret.slice(12));
  const texts: string[] = [];
  for (const target of [path, "/v1/api-keys", `${path}?fields=id,hint`]) {
    for (const accept of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
      texts.push(await (await asAda.fetch(target, { headers: { Accept: accept } })).text());
    }
  }
  texts.push(await (await patch(asAda, path, MERGE_PATCH, { name: "Other" }, { "If-Match": "*" })).text());
  texts.push(await (await withKey(`${next.secret.slice(0, -1)}.`, "/.well-known/api-catalog")).text());
  texts.push(await (await withKey(next.secret, ME)).text());
  texts.push(...asAda.logs, ...service.logs);
  for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
});

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function mergePatch(body: unknown, headers: Record<string, string> = { "If-Match": "*" }): RequestInit {
  return { method: "PATCH", headers: { "Content-Type": MERGE_PATCH, ...headers }, body: JSON.stringify(body) };
}
