/** API keys from outside: as credentials, and as resources of their owners. */
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
/** Whoever comes is judged by their credentials. */
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

/** Everything of an answer but what names the request itself. */
async function shown(response: Response, path: string) {
  const own = ["x-correlation-id", "traceparent"];
  const text = await response.text();
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.includes(name)),
    body: text.replaceAll(header(response, "X-Correlation-Id"), "ID").replaceAll(path, "PATH"),
  };
}

describe("J01 an API key as a credential", () => {
  it("is its owner", async () => {
    const { key } = await makeKey(asAda, { scopes: ["users:read"] });
    const response = await withKey(key.secret, ME);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: ada.id });
    expect(service.logs.at(-1)).toContain('"principal.kind":"user"');
  });

  it("without the scope is told which one it lacks", async () => {
    const { key } = await makeKey(asAda, { scopes: ["comments:read"] });
    const response = await withKey(key.secret, ME);
    expect(response.status).toBe(403);
    expect(header(response, "WWW-Authenticate")).toContain('error="insufficient_scope", scope="users:read"');
  });

  it("that is not good is refused with the same words, whatever is wrong with it, on public routes too", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 0);
    const { key: ended } = await makeKey(asAda, { expires_at: new Date(asAda.now() + 1000).toISOString() });
    const { key: gone, path: gonePath } = await makeKey(asAda);
    await asAda.fetch(gonePath, { method: "DELETE", headers: { "If-Match": "*" } });
    const bad: Record<string, string> = {
      [key.secret]: "expired",
      [ended.secret]: "expired",
      [gone.secret]: "unknown",
      [writeApiKey(new Uint8Array(20).fill(5))]: "unknown",
      [`${next.secret.slice(0, -3)}___`]: "malformed",
      [`${next.secret.slice(0, 9)}x${next.secret.slice(10, -1)}`]: "malformed",
      [next.secret.replace(/(?<=^sluice_.{5})./, (sign) => (sign === "a" ? "b" : "a"))]: "checksum",
    };
    service.advance(2000);
    const told = new Set<string>();
    for (const [secret, fault] of Object.entries(bad)) {
      const response = await withKey(secret, "/.well-known/api-catalog");
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).toContain('error="invalid_token"');
      const line = JSON.parse(service.logs.at(-1) ?? "{}");
      expect(line["auth.failure"]).toBe(`api-key:${fault}`);
      expect(line["db.round_trips"]).toBe(fault === "malformed" || fault === "checksum" ? 0 : 1);
      told.add(JSON.stringify(await shown(response, "/.well-known/api-catalog")));
    }
    expect(told.size).toBe(1);
    expect((await withKey(next.secret, "/.well-known/api-catalog")).status).toBe(200);
  });

  it("counts in the Authorization header as a bearer token, and nowhere else", async () => {
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

  it("shows its last use to its owner", async () => {
    const { key, path } = await makeKey(asAda);
    expect((await withKey(key.secret, "/.well-known/api-catalog")).status).toBe(200);
    expect(await (await asAda.fetch(path)).json()).toMatchObject({ last_used_on: "2026-01-31" });
  });
});

describe("OWASP 5 API keys", () => {
  const EVERYTHING: readonly [string, (path: string) => [string, RequestInit]][] = [
    ["list", () => ["/v1/api-keys", {}]],
    ["create", () => ["/v1/api-keys", json(INPUT)]],
    ["read", (path) => [path, {}]],
    ["change", (path) => [path, mergePatch({ name: "Mine" })]],
    ["rotate", (path) => [`${path}/rotate`, json({})]],
    ["delete", (path) => [path, { method: "DELETE", headers: { "If-Match": "*" } }]],
  ];

  it.each(EVERYTHING)("%s: nobody without credentials, and no API key, not even an admin's own", async (_, of) => {
    const { key, path } = await makeKey(startService({ as: admin }), { scopes: [...admin.scopes] });
    const [target, init] = of(path);
    expect((await service.fetch(target, init)).status).toBe(401);
    const response = await withKey(key.secret, target, init);
    expect(response.status).toBe(403);
    expect(response.headers.get("WWW-Authenticate")).toBeNull();
  });

  const WRITES = ["create", "change", "rotate", "delete"];

  it.each(EVERYTHING)("%s: with the scope for it", async (name, of) => {
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

  it("admins read and revoke everybody's, and else write their own alone; staff see only their own", async () => {
    const { path } = await makeKey(asAda);
    const asAdmin = startService({ as: admin });
    expect((await asAdmin.fetch(path)).status).toBe(200);
    for (const [name, of] of EVERYTHING.filter(([name]) => WRITES.includes(name) && name !== "create")) {
      if (name !== "delete") expect((await asAdmin.fetch(...of(path))).status, name).toBe(403);
    }
    const asStaff = startService({ as: staff });
    expect((await asStaff.fetch(path)).status).toBe(404);
    expect((await asAdmin.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } })).status).toBe(204);
    expect(await (await asStaff.fetch("/v1/api-keys")).json()).toMatchObject({ data: [] });
  });
});

describe("G12 another's key is missing, byte for byte", () => {
  const attempts: readonly [string, (etag: string) => [suffix: string, RequestInit]][] = [
    ["GET", () => ["", {}]],
    ["HEAD", () => ["", { method: "HEAD" }]],
    ["GET with the tag", (etag) => ["", { headers: { "If-None-Match": etag } }]],
    ["GET of some fields", () => ["?fields=hint", {}]],
    ["PATCH without If-Match", () => ["", mergePatch({ name: "Mine" }, {})]],
    ["PATCH with the tag", (etag) => ["", mergePatch({ name: "Mine" }, { "If-Match": etag })]],
    ["PATCH that is invalid", () => ["", mergePatch({ user_id: bob.id })]],
    ["DELETE without If-Match", () => ["", { method: "DELETE" }]],
    ["DELETE with the tag", (etag) => ["", { method: "DELETE", headers: { "If-Match": etag } }]],
    ["a rotation", () => ["/rotate", json({})]],
    ["a rotation that is invalid", () => ["/rotate", json({ overlap_seconds: -1 })]],
  ];

  it.each(attempts)("%s", async (_, of) => {
    const { path } = await makeKey(asAda);
    const before = await stateOf();
    const [suffix, init] = of(header(await asAda.fetch(path), "ETag"));
    const foreign = await shown(await asBob.fetch(path + suffix, init), path);
    const missing = await shown(await asBob.fetch(MISSING + suffix, init), MISSING);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(missing);
    expect(await stateOf()).toEqual(before);
  });
});

describe("I04 what is not a client's to set", () => {
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
    const answers = [
      await post(asAda, "/v1/api-keys", { ...INPUT, [name]: value }),
      await patch(asAda, path, MERGE_PATCH, { [name]: value }, match),
      await patch(asAda, path, JSON_PATCH, [{ op: "add", path: `/${name}`, value }], match),
    ];
    for (const answer of answers) expect(answer.status).toBe(422);
    expect((await problemOf(answers[0] as Response)).errors).toMatchObject([{ pointer: `#/${name}`, code: "unknown" }]); // there are three
    expect(await stateOf()).toEqual(before);
  });

  it("scopes cannot be widened, nor narrowed, once the key is made", async () => {
    const { path } = await makeKey(asAda);
    const response = await patch(asAda, path, MERGE_PATCH, { scopes: ["users:write"] }, { "If-Match": "*" });
    expect(response.status).toBe(422);
    expect((await problemOf(response)).errors).toMatchObject([{ pointer: "#/scopes", code: "read-only" }]);
    expect((await patch(asAda, path, MERGE_PATCH, { scopes: INPUT.scopes }, { "If-Match": "*" })).status).toBe(200);
  });
});

describe("C04 a change of a key", () => {
  it("says which state it starts from", async () => {
    const { path, etag } = await makeKey(asAda);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "B" }, {})).status).toBe(428);
    expect((await asAda.fetch(path, { method: "DELETE" })).status).toBe(428);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "B" }, { "If-Match": etag })).status).toBe(200);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "C" }, { "If-Match": etag })).status).toBe(412);
    expect((await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(412);
  });
});

it("K04 no secret is in the log, in a read, or in a failure", async () => {
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
