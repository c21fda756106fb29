/** Writes of addresses: what is stored, what is refused, and what they cost. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ada,
  bob,
  everythingStored,
  insertPeople,
  insertServiceAccount,
  lastRoundTrips,
  serviceFor,
  stella,
  userId,
} from "../../features/accounts/people.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { ORIGIN, START } from "../../support/service.ts";
import { emptyPeople } from "../support/people.ts";
import { INPUT, makeAddress, post, storedAddress } from "./homes.ts";

const asAda = serviceFor(ada);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella);
});

describe("a new address", () => {
  it("belongs to the caller and is available at Location", async () => {
    const response = await post(asAda, INPUT);
    expect(response.status).toBe(201);
    expect(lastRoundTrips(asAda)).toBe(1);
    const made = await response.json<{ id: string }>();
    const time = new Date(START).toISOString();
    expect(made).toEqual({ id: made.id, user_id: ada.id, ...INPUT, created_at: time, updated_at: time });
    expect(made.id).toMatch(/^addr_/);
    const location = header(response, "Location");
    expect(location).toBe(`${ORIGIN}/v1/addresses/${made.id}`);
    const read = await asAda.fetch(location.slice(ORIGIN.length));
    expect(await read.json()).toEqual(made);
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
    expect(header(read, "Cache-Control")).toBe("private, no-cache, no-transform");
    expect(lastRoundTrips(asAda)).toBe(1);
  });

  it("needs no second line and no region", async () => {
    const { region: _, ...least } = INPUT;
    const made = await (await post(asAda, least)).json();
    expect(made).toMatchObject(least);
    expect(made).not.toHaveProperty("line2");
    expect(made).not.toHaveProperty("region");
  });

  it.each([
    [{ user_id: bob.id }, "#/user_id unknown"],
    [{ id: "addr_01hk53f638ezja3sbrq378nxj6" }, "#/id unknown"],
    [{ created_at: "2020-01-01T00:00:00.000Z" }, "#/created_at unknown"],
    [{ version: 9 }, "#/version unknown"],
    [{ country: "XX" }, "#/country not-allowed"],
    [{ country: "us" }, "#/country not-allowed"],
    [{ country: "USA" }, "#/country not-allowed"],
    [{ country: "ZZ" }, "#/country not-allowed"],
    [{ country: null }, "#/country not-allowed"],
    [{ line1: null }, "#/line1 wrong-type"],
    [{ line2: "" }, "#/line2 invalid"],
    [{ line2: null }, "#/line2 wrong-type"],
    [{ name: "a\nb" }, "#/name invalid"],
    [{ city: "a".repeat(101) }, "#/city invalid"],
    [{ postal_code: 87182 }, "#/postal_code wrong-type"],
  ])("I04 422 with %j", async (change, fault) => {
    const before = await everythingStored();
    const response = await post(asAda, { ...INPUT, ...change });
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([fault]);
    expect(await everythingStored()).toEqual(before);
  });

  it.each(["AX", "DE", "XK", "TW", "GB", "UK", "EU", "AN"])(
    "accepts %s exactly if it is in ISO 3166-1",
    async (country) => {
      const isCode = !["XK", "UK", "EU", "AN"].includes(country);
      expect((await post(asAda, { ...INPUT, country })).status).toBe(isCode ? 201 : 422);
    },
  );

  it("403 without an account or without the scope", async () => {
    const before = await everythingStored();
    const strangers = [
      serviceFor({ id: "https://login.example.test/ user-1", role: "customer" }),
      serviceFor({ id: userId(70), role: "admin" }),
    ];
    for (const stranger of strangers) expect((await post(stranger, INPUT)).status).toBe(403);
    const refused = await post(serviceFor(ada, { scopes: ["addresses:read"] }), INPUT);
    expect(refused.status).toBe(403);
    expect(header(refused, "WWW-Authenticate")).toMatch(/error="insufficient_scope", scope="addresses:write"/);
    expect(await everythingStored()).toEqual(before);
  });

  it("can be created with the write scope alone, by services and with API keys", async () => {
    await insertServiceAccount(userId(71));
    for (const service of [
      serviceFor(ada, { scopes: ["addresses:write"] }),
      serviceFor(ada, { credential: "api-key" }),
      serviceFor({ id: userId(71), role: "customer" }, { kind: "service" }),
    ]) {
      const { path, address } = await makeAddress(service);
      expect(address).toMatchObject(INPUT);
      expect((await service.fetch(path)).status).toBe(200);
    }
  });
});

describe("a change", () => {
  it("I02 of some members keeps the others, and null removes an optional member", async () => {
    const { path, etag, address } = await makeAddress(asAda);
    asAda.advance(1000);
    const body = { line2: "Apt 7", region: null, id: address.id, user_id: ada.id };
    const response = await patch(asAda, path, MERGE_PATCH, body, { "If-Match": etag });
    expect(response.status).toBe(200);
    expect(lastRoundTrips(asAda)).toBe(2);
    const shown = await response.json();
    const { region: _, ...rest } = INPUT;
    expect(shown).toMatchObject({ ...rest, line2: "Apt 7", user_id: ada.id });
    expect(shown).not.toHaveProperty("region");
    const read = await asAda.fetch(path);
    expect(await read.json()).toEqual(shown);
    expect(header(read, "ETag")).toBe(header(response, "ETag"));
    expect(header(response, "ETag")).not.toBe(etag);
  });

  it("I03 is possible by JSON Patch", async () => {
    const { path, etag } = await makeAddress(asAda, { region: "NM" });
    const operations = [
      { op: "test", path: "/country", value: "US" },
      { op: "add", path: "/line2", value: "c/o Bob" },
      { op: "remove", path: "/region" },
    ];
    const response = await patch(asAda, path, JSON_PATCH, operations, { "If-Match": etag });
    expect(response.status).toBe(200);
    const shown = await response.json();
    expect(shown).toMatchObject({ line2: "c/o Bob" });
    expect(shown).not.toHaveProperty("region");
  });

  it("I06 without effect keeps the tag, in one round trip", async () => {
    const { path, etag, address } = await makeAddress(asAda);
    for (const body of [{}, { country: "US" }, address]) {
      const response = await patch(asAda, path, MERGE_PATCH, body, { "If-Match": etag });
      expect(response.status).toBe(200);
      expect(header(response, "ETag")).toBe(etag);
      expect(lastRoundTrips(asAda)).toBe(1);
    }
  });

  it.each([
    [MERGE_PATCH, { user_id: bob.id }, "#/user_id read-only"],
    [MERGE_PATCH, { user_id: null }, "#/user_id read-only"],
    [MERGE_PATCH, { id: "addr_01hk53f638ezja3sbrq378nxj6" }, "#/id read-only"],
    [MERGE_PATCH, { updated_at: "2020-01-01T00:00:00.000Z" }, "#/updated_at read-only"],
    [MERGE_PATCH, { city: null }, "#/city required"],
    [MERGE_PATCH, { deleted_at: 1 }, "#/deleted_at unknown"],
    [JSON_PATCH, [{ op: "replace", path: "/user_id", value: bob.id }], "#/0 read-only"],
    [JSON_PATCH, [{ op: "remove", path: "/created_at" }], "#/0 read-only"],
  ])("I04 %s %j is 422", async (type, body, fault) => {
    const { path, etag, address } = await makeAddress(asAda);
    const before = await everythingStored();
    const response = await patch(asAda, path, type, body, { "If-Match": etag });
    expect(response.status).toBe(422);
    const { errors = [] } = await problemOf(response);
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toContain(fault);
    expect(await everythingStored()).toEqual(before);
    expect(await storedAddress(address.id)).toMatchObject({ user_id: ada.id });
  });

  it("C10 with a shared tag succeeds exactly once in parallel", async () => {
    const { path, etag, address } = await makeAddress(asAda);
    const responses = await Promise.all(
      ["A", "B", "C", "D"].map((name) => patch(asAda, path, MERGE_PATCH, { name }, { "If-Match": etag })),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    expect(await storedAddress(address.id)).toMatchObject({ version: 2 });
  });

  it("C04 428 without If-Match, 412 with a stale tag", async () => {
    const { path, etag } = await makeAddress(asAda);
    await patch(asAda, path, MERGE_PATCH, { name: "Once" }, { "If-Match": etag });
    expect((await patch(asAda, path, MERGE_PATCH, { name: "Twice" }, {})).status).toBe(428);
    expect((await patch(asAda, path, MERGE_PATCH, { name: "Twice" }, { "If-Match": etag })).status).toBe(412);
    expect((await asAda.fetch(path, { method: "DELETE" })).status).toBe(428);
    expect((await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(412);
  });
});

it("a deleted address is gone, and its id stays reserved", async () => {
  const { path, etag, address } = await makeAddress(asAda);
  expect((await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": etag } })).status).toBe(204);
  expect(lastRoundTrips(asAda)).toBe(2);
  for (const method of ["GET", "DELETE"]) {
    expect((await asAda.fetch(path, { method, headers: { "If-Match": "*" } })).status).toBe(404);
  }
  expect(await (await asAda.fetch("/v1/addresses")).json()).toMatchObject({ data: [] });
  expect(await storedAddress(address.id)).toMatchObject({ version: 2, deleted_at: expect.any(Number) });
  const { results } = await env.DB.prepare("SELECT * FROM guards").all();
  expect(results).toEqual([]);
});
