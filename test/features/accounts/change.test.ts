/** Changes of users: the fields that each caller may change, conflicts, cost, and the tokens that a change revokes. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { isRevoked } from "#features/identity/revocations/memory.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { type Service, START, startService } from "../../support/service.ts";
import {
  ada,
  anton,
  bob,
  emptyPeople,
  everythingStored,
  insertPeople,
  insertServiceAccount,
  lastRoundTrips,
  person,
  principalOf,
  serviceFor,
  stella,
  storedUser,
  userId,
} from "./people.ts";

const asAda = serviceFor(ada);
const asAnton = serviceFor(anton);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella, anton);
});

function change(service: Service, id: string, body: unknown, type = MERGE_PATCH, ifMatch = "*") {
  return patch(service, `/v1/users/${id}`, type, body, { "If-Match": ifMatch });
}

describe("deceptive text", () => {
  it.each([
    ["a name of invisible characters", "name", "\u200b"],
    ["a name with a right-to-left override", "name", "Ada \u202eoneroM"],
    ["a name that begins with a combining mark", "name", "\u0301Ada"],
    ["an email with a Kelvin sign", "email", "ada@\u212aitchen.example"],
    ["an email with a dotless i", "email", "m\u0131a@example.com"],
  ])("is refused in both patch formats: %s", async (_, member, value) => {
    const merged = await change(asAnton, ada.id, { [member]: value });
    expect(await problemOf(merged)).toMatchObject({ status: 422, errors: [{ pointer: `#/${member}` }] });
    const patched = await change(asAnton, ada.id, [{ op: "replace", path: `/${member}`, value }], JSON_PATCH);
    expect(await problemOf(patched)).toMatchObject({ status: 422, errors: [{ pointer: "#/0" }] });
    expect(await storedUser(ada.id)).toMatchObject({ version: 1 });
  });
});

describe("the caller's own account", () => {
  it("OWASP 5 is renamed, and the response equals a following read", async () => {
    const response = await change(asAda, ada.id, { name: "Ada M." });
    expect(response.status).toBe(200);
    expect(lastRoundTrips(asAda)).toBe(2);
    const read = await asAda.fetch(`/v1/users/${ada.id}`);
    const shown = await read.json();
    expect(shown).toEqual({
      id: ada.id,
      email: ada.email,
      name: "Ada M.",
      role: "customer",
      created_at: new Date(ada.createdAt).toISOString(),
      updated_at: new Date(START).toISOString(),
    });
    expect(await response.json()).toEqual(shown);
    expect(header(response, "ETag")).toBe(header(read, "ETag"));
    expect(await storedUser(ada.id)).toMatchObject({ version: 2, email_verified_at: ada.createdAt });
  });

  it("I06 keeps version and ETag if the patch changes nothing", async () => {
    const before = header(await asAda.fetch("/v1/users/me"), "ETag");
    const response = await change(asAda, ada.id, { name: ada.name, role: ada.role, email: ada.email, id: ada.id });
    expect(response.status).toBe(200);
    expect(header(response, "ETag")).toBe(before);
    expect(lastRoundTrips(asAda)).toBe(1);
    expect(await storedUser(ada.id)).toMatchObject({ version: 1 });
  });

  it.each([
    ["role", { role: "admin" }, ["#/role read-only"]],
    ["email", { email: "eve@example.com" }, ["#/email read-only"]],
    ["a removed role", { role: null }, ["#/role read-only"]],
    ["an unknown role", { role: "root" }, ["#/role read-only"]],
    [
      "several members at once",
      { role: "admin", id: bob.id, name: "" },
      ["#/id read-only", "#/name invalid", "#/role read-only"],
    ],
    ["time", { created_at: "2020-01-01T00:00:00.000Z" }, ["#/created_at read-only"]],
    ["unknown members", { kind: "service", version: 7 }, ["#/kind unknown", "#/version unknown"]],
  ])("I04 %s cannot be set by a merge patch", async (_, body, faults) => {
    const before = await everythingStored();
    const response = await change(asAda, ada.id, body);
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`).sort()).toEqual(faults);
    expect(await everythingStored()).toEqual(before);
  });

  it.each([
    [[{ op: "replace", path: "/role", value: "admin" }], "#/0 read-only"],
    [[{ op: "add", path: "/role", value: "admin" }], "#/0 read-only"],
    [[{ op: "remove", path: "/role" }], "#/0 read-only"],
    [[{ op: "copy", from: "/name", path: "/email" }], "#/0 read-only"],
    [
      [
        { op: "test", path: "/role", value: "customer" },
        { op: "move", from: "/role", path: "/name" },
      ],
      "#/1 read-only",
    ],
  ])("I04 read-only members cannot be changed by a JSON Patch: %j", async (body, fault) => {
    const response = await change(asAda, ada.id, body, JSON_PATCH);
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toContain(fault);
    expect(await storedUser(ada.id)).toMatchObject({ role: "customer", email: ada.email, version: 1 });
  });

  it("I04 an admin cannot change their own role with a token that lacks the scope `admin`", async () => {
    const service = serviceFor(anton, { scopes: ["users:read", "users:write"] });
    expect((await change(service, anton.id, { role: "staff" })).status).toBe(422);
    expect((await change(service, anton.id, { name: "Anton" })).status).toBe(200);
  });
});

describe("another person's account", () => {
  it("is changed by an admin: name, email and role", async () => {
    const body = { name: "Bobby", email: "Bobby@Example.com", role: "staff" };
    const response = await change(asAnton, bob.id, body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ name: "Bobby", email: "bobby@example.com", role: "staff" });
    // Two round trips, and one for each of the four mails stored in the local mailbox.
    expect(lastRoundTrips(asAnton)).toBe(6);
  });

  it("OWASP 5 is not changed by staff, or by an admin with a key, an old sign-in or without the scope `admin`", async () => {
    const before = await everythingStored();
    const longAgo = START - 12 * 3_600_000 - 1;
    const services = [
      serviceFor(stella),
      serviceFor(anton, { credential: "api-key" }),
      serviceFor(anton, { authenticatedAt: longAgo }),
      serviceFor(anton, { scopes: ["users:read", "users:write"] }),
    ];
    for (const service of services) {
      for (const headers of [{}, { "If-Match": "*" }, { "If-Match": '"a"' }] as Record<string, string>[]) {
        const response = await patch(service, `/v1/users/${bob.id}`, MERGE_PATCH, { role: "admin" }, headers);
        expect(response.status).toBe(403);
      }
    }
    expect(await everythingStored()).toEqual(before);
  });

  it.each(["bob@example.com", "BOB@example.com", "ada@deleted.invalid"])(
    "returns 409 if the email %s is taken or reserved",
    async (email) => {
      const before = await everythingStored();
      const response = await change(asAnton, ada.id, { email });
      expect(response.status).toBe(409);
      expect(await problemOf(response)).toMatchObject({ code: "CONFLICT" });
      expect(await everythingStored()).toEqual(before);
    },
  );

  it.each(["ada", "ada@", "@example.com", "a da@example.com", "ada@example", " ada@example.com"])(
    "returns 422 if %j is not an email address",
    async (email) => {
      expect((await change(asAnton, ada.id, { email })).status).toBe(422);
    },
  );

  it("returns 409 if the account belongs to a client", async () => {
    await insertServiceAccount(userId(50));
    const response = await change(asAnton, userId(50), { name: "Other" });
    expect(response.status).toBe(409);
    expect(await storedUser(userId(50))).toMatchObject({ name: "A client", version: 1 });
  });

  it("returns 412 for a stale ETag before it checks for conflicts", async () => {
    const etag = header(await asAnton.fetch(`/v1/users/${ada.id}`), "ETag");
    expect((await change(asAnton, ada.id, { name: "First" }, MERGE_PATCH, etag)).status).toBe(200);
    expect((await change(asAnton, ada.id, { email: bob.email }, MERGE_PATCH, etag)).status).toBe(412);
  });
});

describe("a change of role", () => {
  it("revokes the access tokens issued so far, unlike a change of name", async () => {
    const revocations = async () => (await everythingStored())["revocations"];
    const cyd = person(9);
    await insertPeople(cyd);
    const context = { now: START, database: openDatabase(env.DB) };
    const claims = { jti: "t", account: cyd.id, client_id: "c", clientVersion: 1 };
    expect(await isRevoked({ ...claims, accountVersion: 1 }, context)).toBe(false);
    await change(asAnton, cyd.id, { name: "Robert", email: "robert@example.com" });
    expect(await revocations()).toEqual([]);
    await change(asAnton, cyd.id, { role: "staff" });
    expect(await revocations()).toMatchObject([{ kind: "account", id: cyd.id, below_version: 2 }]);
    expect(await isRevoked({ ...claims, accountVersion: 1 }, context)).toBe(true);
    expect(await isRevoked({ ...claims, accountVersion: 2 }, context)).toBe(false);
  });

  it("returns 409 for the last admin; deleted admins and clients do not count", async () => {
    await insertPeople(person(5, { role: "admin" }));
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(userId(5)).run();
    await insertServiceAccount(userId(6));
    await env.DB.prepare("UPDATE users SET role = 'admin' WHERE id = ?").bind(userId(6)).run();
    const response = await change(asAnton, anton.id, { role: "customer" });
    expect(response.status).toBe(409);
    expect(await storedUser(anton.id)).toMatchObject({ role: "admin", version: 1 });
    expect((await everythingStored())["revocations"]).toEqual([]);
    await insertPeople(person(7, { role: "admin" }));
    expect((await change(asAnton, anton.id, { role: "customer" })).status).toBe(200);
  });

  it("leaves one admin if the last two demote each other in parallel", async () => {
    const other = person(8, { role: "admin" });
    await insertPeople(other);
    const responses = await Promise.all([
      change(asAnton, other.id, { role: "staff" }),
      change(serviceFor(other), anton.id, { role: "staff" }),
    ]);
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it("C10 a write that loses a race after its checks returns 412 with the current ETag", async () => {
    let isFirst = true;
    const database = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
        return async (statements: D1PreparedStatement[]) => {
          if (isFirst) await target.prepare("UPDATE users SET version = version + 1 WHERE id = ?").bind(bob.id).run();
          isFirst = false;
          return target.batch(statements);
        };
      },
    });
    const service = startService({ as: principalOf(anton), bindings: { DB: database } });
    const response = await change(service, bob.id, { role: "staff" });
    expect(response.status).toBe(412);
    expect(lastRoundTrips(service)).toBeLessThanOrEqual(4);
    expect(header(response, "ETag")).toBe(header(await asAnton.fetch(`/v1/users/${bob.id}`), "ETag"));
    expect(await storedUser(bob.id)).toMatchObject({ role: "customer", version: 2 });
    expect((await everythingStored())["revocations"]).toEqual([]);
  });

  it("C10 of parallel changes with one ETag exactly one succeeds", async () => {
    const etag = header(await asAnton.fetch(`/v1/users/${bob.id}`), "ETag");
    const names = ["A", "B", "C", "D", "E"];
    const responses = await Promise.all(names.map((name) => change(asAnton, bob.id, { name }, MERGE_PATCH, etag)));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
    expect(await storedUser(bob.id)).toMatchObject({ version: 2 });
  });
});

describe("/v1/users/me", () => {
  it("C05 is an alias of the account: the same body, ETag and links", async () => {
    const me = await asAda.fetch("/v1/users/me", { headers: { Accept: "application/hal+json" } });
    expect(me.status).toBe(200);
    expect(lastRoundTrips(asAda)).toBe(1);
    const read = await asAda.fetch(`/v1/users/${ada.id}`, { headers: { Accept: "application/hal+json" } });
    expect(await me.json()).toEqual(await read.json());
    const etag = header(me, "ETag");
    expect(header(read, "ETag")).toBe(etag);
    expect(
      (await asAda.fetch("/v1/users/me", { headers: { "If-None-Match": etag, Accept: "application/hal+json" } }))
        .status,
    ).toBe(304);
    const first = await patch(asAda, "/v1/users/me", MERGE_PATCH, { name: "Once" }, { "If-Match": etag });
    expect(first.status).toBe(200);
    const second = await change(asAda, ada.id, { name: "Twice" }, MERGE_PATCH, header(first, "ETag"));
    expect(second.status).toBe(200);
    const third = await patch(
      asAda,
      "/v1/users/me",
      MERGE_PATCH,
      { name: "Thrice" },
      { "If-Match": header(second, "ETag") },
    );
    expect(third.status).toBe(200);
    expect((await patch(asAda, "/v1/users/me", MERGE_PATCH, { name: "No" }, { "If-Match": etag })).status).toBe(412);
    expect((await patch(asAda, "/v1/users/me", MERGE_PATCH, { name: "No" }, {})).status).toBe(428);
  });

  it.each([
    ["an account of another issuer", "https://login.example.test/ user-1"],
    ["a missing account", userId(77)],
  ])("returns 404 for %s", async (_, id) => {
    const service = serviceFor({ id, role: "customer" });
    expect((await service.fetch("/v1/users/me")).status).toBe(404);
    expect((await patch(service, "/v1/users/me", MERGE_PATCH, { name: "A" }, { "If-Match": "*" })).status).toBe(404);
  });

  it("returns a service's account, which the service cannot change", async () => {
    await insertServiceAccount(userId(51));
    const service = serviceFor({ id: userId(51), role: "customer" }, { kind: "service" });
    expect(await (await service.fetch("/v1/users/me")).json()).toMatchObject({ name: "A client" });
    expect((await patch(service, "/v1/users/me", MERGE_PATCH, { name: "A" }, { "If-Match": "*" })).status).toBe(403);
  });

  it("cannot be deleted by this path", async () => {
    const response = await asAda.fetch("/v1/users/me", { method: "DELETE", headers: { "If-Match": "*" } });
    expect(response.status).toBe(405);
    expect(header(response, "Allow")).toBe("GET, HEAD, PATCH, OPTIONS");
  });
});
