/** Creating, changing, rotating and revoking keys: response, stored row and cost. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { apiKeyFault } from "#features/identity/api-keys/format.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { scopes } from "../../../support/modules.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { type ApiKey, ada, admin, bob, INPUT, makeKey, openAccounts, post, rotate, storedKey } from "./keys.ts";

let asAda: Service;

beforeEach(async () => {
  await openAccounts();
  asAda = startService({ as: ada });
});

/** Round trips of the last request. A write has one more, which reads the email for the notification. */
function lastRoundTrips(service = asAda): number {
  return JSON.parse(service.logs.at(-1) ?? "{}")["db.round_trips"];
}

async function countOf(): Promise<number> {
  return (await env.DB.prepare("SELECT count(*) AS count FROM api_keys").first<number>("count")) ?? Number.NaN;
}

describe("a new key", () => {
  it("is returned with its secret, and stored without it", async () => {
    const { key, path, etag } = await makeKey(asAda, { scopes: ["comments:write", "comments:read", "comments:write"] });
    expect(lastRoundTrips()).toBe(2);
    const { secret, ...shown } = key;
    expect(apiKeyFault(secret)).toBeUndefined();
    expect(shown).toEqual({
      id: key.id,
      user_id: ada.id,
      name: "Nightly import",
      hint: secret.slice(0, 12),
      scopes: ["comments:read", "comments:write"],
      created_at: "2026-01-31T12:00:00.000Z",
      updated_at: "2026-01-31T12:00:00.000Z",
    });
    const read = await asAda.fetch(path);
    expect(await read.json()).toEqual(shown);
    expect(header(read, "ETag")).toBe(etag);
    const stored = await storedKey(key.id);
    expect(stored["secret_hash"]).toBe(await hashSecret(secret));
    expect(JSON.stringify(stored)).not.toContain(secret.slice(12));
  });

  it("has a Location", async () => {
    const response = await post(asAda, "/v1/api-keys", INPUT);
    const { id } = await response.json<ApiKey>();
    expect(header(response, "Location")).toBe(`https://api.example.test/v1/api-keys/${id}`);
    expect(header(response, "Cache-Control")).toBe("no-store, no-transform");
  });

  it.each(["application/hal+json", "application/vnd.api+json"])("has its secret in the format %s too", async (type) => {
    const response = await asAda.fetch("/v1/api-keys", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: type },
      body: JSON.stringify(INPUT),
    });
    expect(response.status).toBe(201);
    expect(await response.text()).toMatch(/"secret":"sluice_/);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ["no name", { name: undefined }, ["# required"]],
    ["no scopes", { scopes: undefined }, ["# required"]],
    ["no scopes", { scopes: [] }, ["#/scopes too-small"]],
    ["an unknown scope", { scopes: ["comments:read", "all"] }, ["#/scopes/1 not-allowed"]],
    ["scopes that the creator lacks", { scopes: ["admin", "comments:read"] }, ["#/scopes/0 not-permitted"]],
    ["an expiry that has passed", { expires_at: "2026-01-31T12:00:00.000Z" }, ["#/expires_at too-small"]],
    ["an expiry that is not a time", { expires_at: "tomorrow" }, ["#/expires_at wrong-format"]],
    ["an expiry of null", { expires_at: null }, ["#/expires_at wrong-type"]],
    [
      "two faults",
      { scopes: ["admin"], expires_at: "2020-01-01T00:00:00.000Z" },
      ["#/scopes/0 not-permitted", "#/expires_at too-small"],
    ],
  ])("with %s is refused", async (_, change, faults) => {
    const response = await post(asAda, "/v1/api-keys", { ...INPUT, ...change });
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(faults);
    expect(await countOf()).toBe(0);
  });

  it("has at most the scopes of the token that creates it, not all scopes of the account", async () => {
    const narrow = startService({ as: { ...ada, scopes: ["users:write"] } });
    expect((await post(narrow, "/v1/api-keys", INPUT)).status).toBe(422);
    expect((await post(narrow, "/v1/api-keys", { ...INPUT, scopes: ["users:write"] })).status).toBe(201);
  });

  it("is limited to fifty for each account, also under parallel requests", async () => {
    const made = await Promise.all(Array.from({ length: 55 }, () => post(asAda, "/v1/api-keys", INPUT)));
    const statuses = made.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.filter((status) => status === 409)).toHaveLength(5);
    expect(await countOf()).toBe(50);
    const other = startService({ as: bob });
    expect((await post(other, "/v1/api-keys", INPUT)).status).toBe(201);
    const first = made.find(({ status }) => status === 201);
    if (first === undefined) throw new Error("no key was created");
    const revoked = await asAda.fetch(new URL(header(first, "Location")).pathname, {
      method: "DELETE",
      headers: { "If-Match": "*" },
    });
    expect(revoked.status).toBe(204);
    expect((await post(asAda, "/v1/api-keys", INPUT)).status).toBe(201);
    expect((await post(asAda, "/v1/api-keys", INPUT)).status).toBe(409);
  });

  it("is not created for a deleted account", async () => {
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ada.id).run();
    expect((await post(asAda, "/v1/api-keys", INPUT)).status).toBe(403);
    expect(await countOf()).toBe(0);
  });
});

describe("a change", () => {
  it.each([
    ["a merge patch", MERGE_PATCH, { name: "Weekly", expires_at: "2026-06-01T00:00:00.000Z" }],
    [
      "a JSON Patch",
      JSON_PATCH,
      [
        { op: "replace", path: "/name", value: "Weekly" },
        { op: "add", path: "/expires_at", value: "2026-06-01T00:00:00.000Z" },
      ],
    ],
  ])("by %s returns what a following read returns", async (_, type, body) => {
    const { path, etag, key } = await makeKey(asAda);
    asAda.advance(1000);
    const response = await patch(asAda, path, type, body, { "If-Match": etag });
    expect(response.status).toBe(200);
    expect(lastRoundTrips()).toBe(3);
    const { secret: _secret, ...before } = key;
    const after = {
      ...before,
      name: "Weekly",
      expires_at: "2026-06-01T00:00:00.000Z",
      updated_at: "2026-01-31T12:00:01.000Z",
    };
    expect(await response.json()).toEqual(after);
    const read = await asAda.fetch(path);
    expect(await read.json()).toEqual(after);
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
  });

  it("removes an expiry", async () => {
    const { path } = await makeKey(asAda, { expires_at: "2026-06-01T00:00:00.000Z" });
    const endless = await patch(asAda, path, MERGE_PATCH, { expires_at: null }, { "If-Match": "*" });
    expect(await endless.json()).not.toHaveProperty("expires_at");
  });

  it("that changes nothing keeps the ETag", async () => {
    const { path, etag } = await makeKey(asAda);
    const response = await patch(asAda, path, MERGE_PATCH, { name: INPUT.name }, { "If-Match": etag });
    expect(header(response, "ETag")).toBe(etag);
  });
});

describe("a rotation", () => {
  it("returns the new secret, its hint and the end of the old one, in two round trips and one for the owner's email", async () => {
    const { path, key } = await makeKey(asAda);
    asAda.advance(1000);
    const rotated = await rotate(asAda, path, 3600);
    expect(lastRoundTrips()).toBe(3);
    expect(rotated.secret).not.toBe(key.secret);
    const { secret, ...shown } = rotated;
    expect(shown).toEqual({
      id: key.id,
      user_id: ada.id,
      name: key.name,
      hint: secret.slice(0, 12),
      scopes: key.scopes,
      previous_secret_expires_at: "2026-01-31T13:00:01.000Z",
      created_at: key.created_at,
      updated_at: "2026-01-31T12:00:01.000Z",
    });
    const read = await asAda.fetch(path);
    expect(await read.json()).toEqual(shown);
    expect(await storedKey(key.id)).toMatchObject({
      secret_hash: await hashSecret(secret),
      previous_secret_hash: await hashSecret(key.secret),
      version: 2,
    });
  });

  it("has an overlap of a day by default", async () => {
    const { path } = await makeKey(asAda);
    expect((await rotate(asAda, path)).previous_secret_expires_at).toBe("2026-02-01T12:00:00.000Z");
  });

  it.each([-1, 604_801, 1.5, "60", null])("does not accept an overlap of %j seconds", async (overlap) => {
    const { path } = await makeKey(asAda);
    expect((await post(asAda, `${path}/rotate`, { overlap_seconds: overlap })).status).toBe(422);
  });

  it("in parallel stores the secret that the last successful response shows", async () => {
    const { path, key } = await makeKey(asAda);
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(asAda, `${path}/rotate`, {})));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    expect(new Set(statuses.slice(1))).toEqual(new Set(statuses.includes(409) ? [409] : [200]));
    const stored = await storedKey(key.id);
    const shown = await Promise.all(
      answers.filter(({ status }) => status === 200).map((answer) => answer.json<{ secret: string }>()),
    );
    expect(await hashSecret(shown.at(-1)?.secret ?? "")).toBe(stored["secret_hash"]);
  });

  it("returns 412 if `If-Match` names a former state", async () => {
    const { path, etag } = await makeKey(asAda);
    await rotate(asAda, path);
    const response = await asAda.fetch(`${path}/rotate`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "If-Match": etag },
      body: "{}",
    });
    expect(response.status).toBe(412);
  });
});

describe("a revocation", () => {
  it("keeps a deleted row that no endpoint shows", async () => {
    const { path, key, etag } = await makeKey(asAda);
    expect((await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(204);
    expect(lastRoundTrips()).toBe(3);
    expect((await storedKey(key.id))["deleted_at"]).toBe(asAda.now());
    expect((await asAda.fetch(path)).status).toBe(404);
    expect((await post(asAda, `${path}/rotate`, {})).status).toBe(404);
    expect(await (await asAda.fetch("/v1/api-keys")).json()).toMatchObject({ data: [] });
  });
});

it("an admin creates keys with all scopes", async () => {
  const { key } = await makeKey(startService({ as: admin }), { scopes: Object.keys(scopes) });
  expect(key.scopes).toEqual(Object.keys(scopes));
});
