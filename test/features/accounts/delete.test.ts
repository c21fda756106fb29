/** Deletion of an account: one commit removes all personal data and credentials, and leaves an anonymous row. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { isRevoked } from "#features/identity/revocations/memory.ts";
import { header, problemOf } from "../../support/requests.ts";
import { type Service, START, startService } from "../../support/service.ts";
import { breakDatabase } from "./breaking.ts";
import { listAt } from "./lists.ts";
import {
  ada,
  anton,
  bob,
  emptyPeople,
  everythingStored,
  insertPeople,
  insertServiceAccount,
  lastRoundTrips,
  principalOf,
  serviceFor,
  stella,
  storedUser,
  userId,
} from "./people.ts";

const asAda = serviceFor(ada);
const asAnton = serviceFor(anton);
/** Is part of every value that belongs to Ada. */
const TRACE = "Xyzzy";

beforeEach(async () => {
  await emptyPeople();
  await insertPeople({ ...ada, name: `Ada ${TRACE}`, email: `ada.${TRACE}@example.com` }, bob, stella, anton);
  for (const owner of [ada, bob]) await insertBelongings(owner.id, owner === ada ? TRACE : "Plugh");
});

async function insertBelongings(id: string, trace: string): Promise<void> {
  const run = (sql: string, ...values: unknown[]) => env.DB.prepare(sql).bind(...values);
  await env.DB.batch([
    run("INSERT INTO credentials VALUES (?, ?, 1)", id, `$argon2id$${trace}`),
    run("INSERT INTO passkeys VALUES (?, ?, 'k', 0, '[]', ?, 1, NULL)", `pass-${trace}`, id, `${trace}'s phone`),
    run("INSERT INTO sign_ins VALUES (?, ?, 'pwd', 1, ?)", `sign-${trace}`, id, START + 1e9),
    run(
      "INSERT INTO mail_tokens VALUES (?, ?, 'reset-password', ?, ?, NULL)",
      `mail-${trace}`,
      id,
      `${trace}@example.com`,
      START + 1e9,
    ),
    run(
      "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, scopes, created_at, updated_at) VALUES (?, ?, ?, 'sluice_aaaaa', ?, '[]', 1, 1)",
      `key_01hk2nvj80e8ev3rx1${trace === TRACE ? "0" : "1"}0000001`,
      id,
      `${trace}'s key`,
      `hash-${id}`,
    ),
    run(
      "INSERT INTO oauth_artifacts (model, id_hash, payload, grant_id, account_id, client_id, expires_at) VALUES ('RefreshToken', ?, ?, ?, ?, 'demo-app', ?)",
      `token-${trace}`,
      JSON.stringify({ login: trace }),
      `grant-${trace}`,
      id,
      START + 1e9,
    ),
  ]);
}

async function remove(service: Service, id: string, ifMatch = "*"): Promise<Response> {
  return service.fetch(`/v1/users/${id}`, { method: "DELETE", headers: { "If-Match": ifMatch } });
}

describe("deletion of an account", () => {
  it.each([
    ["by its owner", asAda],
    ["by an admin", asAnton],
  ])("%s removes all of its data and credentials in two round trips", async (_, service) => {
    const etag = header(await service.fetch(`/v1/users/${ada.id}`), "ETag");
    expect((await remove(service, ada.id, etag)).status).toBe(204);
    expect(lastRoundTrips(service)).toBe(2);
    const stored = await everythingStored();
    expect(JSON.stringify(stored)).not.toContain(TRACE);
    expect(JSON.stringify(stored)).not.toContain(TRACE.toLowerCase());
    expect(await storedUser(ada.id)).toMatchObject({
      email: `${ada.id}@deleted.invalid`,
      name: "Deleted user",
      role: "customer",
      email_verified_at: null,
      deleted_at: START,
      version: 2,
    });
    const of = (table: string) =>
      (stored[table] as Record<string, unknown>[]).filter(
        (row) => row["user_id"] === ada.id || row["account_id"] === ada.id,
      );
    expect(of("api_keys").map(({ deleted_at }) => deleted_at)).toEqual([START]);
    for (const table of ["credentials", "passkeys", "sign_ins", "mail_tokens", "oauth_artifacts"]) {
      expect({ table, rows: of(table) }).toEqual({ table, rows: [] });
    }
    expect(stored["revocations"]).toMatchObject([{ kind: "account", id: ada.id, issued_before: START + 1 }]);
  });

  it("does not touch the data of other accounts", async () => {
    const of = async () =>
      Object.fromEntries(
        Object.entries(await everythingStored()).map(([table, rows]) => [
          table,
          rows.filter((row) => JSON.stringify(row).includes(bob.id)),
        ]),
      );
    const before = await of();
    await remove(asAda, ada.id);
    expect(await of()).toEqual(before);
    expect(JSON.stringify(before)).toContain("Plugh");
  });

  it("hides the account from all readers and revokes its tokens", async () => {
    const claims = { jti: "t", account: ada.id, accountVersion: 1, client_id: "c", clientVersion: 1 };
    const context = { now: START + 60_000, database: openDatabase(env.DB) };
    expect(await isRevoked({ ...claims, account: bob.id }, context)).toBe(false);
    await remove(asAda, ada.id);
    for (const service of [asAda, asAnton, serviceFor(stella)]) {
      expect((await service.fetch(`/v1/users/${ada.id}`)).status).toBe(404);
      expect((await remove(service, ada.id)).status).toBe(404);
    }
    expect((await asAda.fetch("/v1/users/me")).status).toBe(404);
    const { data } = await listAt(asAnton, "/v1/users");
    expect(data.map(({ id }) => id)).not.toContain(ada.id);
    expect(await isRevoked(claims, context)).toBe(true);
  });

  it("frees the email for another account", async () => {
    await remove(asAda, ada.id);
    await insertPeople({ ...ada, id: userId(60), email: `ada.${TRACE}@example.com` });
    expect((await storedUser(userId(60)))?.["deleted_at"]).toBeNull();
  });

  it("shows the deleted account without a name in an older frozen view", async () => {
    const first = await listAt(asAnton, "/v1/users", { page: 1, limit: 10, sort: "name" });
    expect(first.data.map(({ name }) => name)).toContain(`Ada ${TRACE}`);
    await remove(asAda, ada.id);
    const again = await listAt(asAnton, "/v1/users", {
      page: 1,
      limit: 10,
      sort: "name",
      snapshot: first.page.snapshot,
    });
    expect(again.data.map(({ id }) => id)).toEqual(first.data.map(({ id }) => id));
    expect(JSON.stringify(again)).not.toContain(TRACE);
  });
});

describe("refused deletion", () => {
  it.each([
    ["another customer", serviceFor(bob), 404],
    ["staff", serviceFor(stella), 403],
    ["an API key of the account", serviceFor(ada, { credential: "api-key" }), 403],
    ["an API key of an admin", serviceFor(anton, { credential: "api-key" }), 403],
    ["an admin without the scope", serviceFor(anton, { scopes: ["users:read", "users:write"] }), 403],
    ["an owner with `users:read` only", serviceFor(ada, { scopes: ["users:read"] }), 403],
  ] as const)("OWASP 5 %s changes nothing", async (_, service, status) => {
    const before = await everythingStored();
    for (const ifMatch of ["*", '"a"']) expect((await remove(service, ada.id, ifMatch)).status).toBe(status);
    expect(await everythingStored()).toEqual(before);
  });

  it("returns 409 for the last admin and for a client's account", async () => {
    await insertServiceAccount(userId(61));
    const before = await everythingStored();
    for (const id of [anton.id, userId(61)]) {
      const response = await remove(asAnton, id);
      expect(response.status).toBe(409);
      expect(await problemOf(response)).toMatchObject({ code: "CONFLICT" });
    }
    expect(await everythingStored()).toEqual(before);
  });

  it("leaves one admin if the last two delete themselves in parallel", async () => {
    const other = { ...anton, id: userId(62), email: "other@example.com" };
    await insertPeople(other);
    const responses = await Promise.all([remove(asAnton, anton.id), remove(serviceFor(other), other.id)]);
    expect(responses.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it("returns 428 without If-Match, and 412 for a stale ETag", async () => {
    expect((await asAda.fetch(`/v1/users/${ada.id}`, { method: "DELETE" })).status).toBe(428);
    expect((await remove(asAda, ada.id, '"v9-aaaaaaaa-bbbbbbbb"')).status).toBe(412);
  });
});

it("a deletion is one commit: if any statement fails, nothing changes", async () => {
  const before = await everythingStored();
  for (let failing = 0; ; failing += 1) {
    const breaking = breakDatabase(failing);
    const response = await startService({ as: principalOf(ada), bindings: { DB: breaking.database } }).fetch(
      `/v1/users/${ada.id}`,
      {
        method: "DELETE",
        headers: { "If-Match": "*" },
      },
    );
    if (!breaking.wasBroken()) {
      expect(response.status).toBe(204);
      expect(failing).toBeGreaterThan(6);
      break;
    }
    expect(response.status).toBe(500);
    expect(await everythingStored()).toEqual(before);
  }
});
