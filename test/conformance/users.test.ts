/** Users over HTTP: representations, fields, ETags and methods. `/v1/users/me` behaves like `/v1/users/{id}`. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  anton,
  bob,
  emptyPeople,
  insertPeople,
  principalOf,
  serviceFor,
  stella,
} from "../features/accounts/people.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../support/requests.ts";
import { ORIGIN, startService } from "../support/service.ts";

const ONE = `/v1/users/${ada.id}`;
const asAda = serviceFor(ada);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella, anton);
});

describe.each([ONE, "/v1/users/me"])("%s", (path) => {
  it("C01 has validators, is private, and returns 304 if it is unchanged", async () => {
    const response = await asAda.fetch(path);
    expect(response.status).toBe(200);
    expect(header(response, "Cache-Control")).toBe("private, no-cache, no-transform");
    expect(header(response, "Vary")).toBe("Accept, Authorization, Origin");
    expect(header(response, "Last-Modified")).toBe(new Date(ada.createdAt).toUTCString());
    for (const headers of [
      { "If-None-Match": header(response, "ETag") },
      { "If-None-Match": "*" },
      { "If-Modified-Since": header(response, "Last-Modified") },
    ] as Record<string, string>[]) {
      const again = await asAda.fetch(path, { headers });
      expect(again.status).toBe(304);
      expect(header(again, "ETag")).toBe(header(response, "ETag"));
    }
    expect((await asAda.fetch(path, { headers: { "If-Match": '"a"' } })).status).toBe(412);
  });

  it("C09 has one ETag for all tokens of the account, and another for other readers", async () => {
    const etag = header(await asAda.fetch(path), "ETag");
    const { authenticatedAt: _, ...later } = principalOf(ada, { scopes: ["users:read"] });
    expect(header(await startService({ as: later }).fetch(path), "ETag")).toBe(etag);
    expect(header(await serviceFor(stella).fetch(ONE), "ETag")).not.toBe(etag);
  });

  it("C08 HEAD has the headers of GET", async () => {
    const [get, head] = [await asAda.fetch(path), await asAda.fetch(path, { method: "HEAD" })];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    for (const name of ["ETag", "Last-Modified", "Content-Type", "Cache-Control", "Vary", "Accept-Patch"]) {
      expect(header(head, name)).toBe(header(get, name));
    }
  });

  it("I01 lists the supported patch formats", async () => {
    const both = "application/merge-patch+json, application/json-patch+json";
    expect(header(await asAda.fetch(path), "Accept-Patch")).toBe(both);
    const options = await asAda.fetch(path, { method: "OPTIONS" });
    expect(header(options, "Accept-Patch")).toBe(both);
    const refused = await patch(asAda, path, "application/json", {}, { "If-Match": "*" });
    expect(refused.status).toBe(415);
    expect(header(refused, "Accept-Patch")).toBe(both);
  });

  it("E10 has three formats, whose self link names the account's id", async () => {
    const as = async (type: string) =>
      (await asAda.fetch(path, { headers: { Accept: type } })).json<Record<string, unknown>>();
    const { id, ...attributes } = await as("application/json");
    expect(await as("application/hal+json")).toMatchObject({
      id,
      ...attributes,
      _links: { self: { href: ORIGIN + ONE } },
    });
    expect(await as("application/vnd.api+json")).toMatchObject({
      data: { type: "users", id, attributes, links: { self: ORIGIN + ONE } },
    });
    expect((await asAda.fetch(path, { headers: { Accept: "text/html" } })).status).toBe(406);
  });

  it("E01 returns exactly the requested fields and refuses unknown ones (E02)", async () => {
    expect(await (await asAda.fetch(`${path}?fields=role,name`)).json()).toEqual({
      id: ada.id,
      name: ada.name,
      role: "customer",
    });
    for (const name of ["kind", "email_verified_at", "seq", "version", "password_hash", "deleted_at"]) {
      const response = await asAda.fetch(`${path}?fields=${name}`);
      expect(response.status).toBe(400);
      expect(await problemOf(response)).toMatchObject({ errors: [{ parameter: "fields", code: "unknown-field" }] });
    }
  });

  it.each([
    [MERGE_PATCH, { name: "New" }],
    [JSON_PATCH, [{ op: "replace", path: "/name", value: "New" }]],
  ])("C05 a %s returns the ETag of the next read", async (type, body) => {
    const etag = header(await asAda.fetch(path), "ETag");
    const changed = await patch(asAda, path, type, body, { "If-Match": etag });
    expect(changed.status).toBe(200);
    const read = await asAda.fetch(path);
    expect(header(read, "ETag")).toBe(header(changed, "ETag"));
    expect(header(read, "ETag")).not.toBe(etag);
  });

  it.each([
    [[{ op: "test", path: "/role", value: "admin" }], 409],
    [[{ op: "replace", path: "/nowhere/at/all", value: 1 }], 409],
    [[{ op: "frobnicate", path: "/name" }], 400],
    [[{ op: "add", path: "/is_admin", value: true }], 422],
  ])("I03 the patch %j gets %i and changes nothing", async (body, status) => {
    const etag = header(await asAda.fetch(path), "ETag");
    expect((await patch(asAda, path, JSON_PATCH, body, { "If-Match": etag })).status).toBe(status);
    expect(header(await asAda.fetch(path), "ETag")).toBe(etag);
  });
});

it("G08 users cannot be created over HTTP, and Allow lists the supported methods", async () => {
  const response = await serviceFor(anton).fetch("/v1/users", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  expect(response.status).toBe(405);
  expect(header(response, "Allow")).toBe("GET, HEAD, OPTIONS");
  const options = await asAda.fetch(ONE, { method: "OPTIONS" });
  expect(header(options, "Allow")).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
});

it("J01 anonymous callers get 401 with a challenge for every operation", async () => {
  for (const [method, path] of [
    ["GET", "/v1/users"],
    ["GET", "/v1/users/me"],
    ["PATCH", "/v1/users/me"],
    ["GET", ONE],
    ["PATCH", ONE],
    ["DELETE", ONE],
  ] as const) {
    const response = await startService().fetch(path, { method });
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toMatch(/^Bearer realm="/);
    expect(header(response, "Cache-Control")).toBe("no-store");
  }
});
