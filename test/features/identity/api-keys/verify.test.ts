/** Verification of API keys against the real database. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import { openDatabase } from "#core/data/database.ts";
import { writeApiKey } from "#features/identity/api-keys/format.ts";
import { findPresentedKey } from "#features/identity/api-keys/store.ts";
import { verifyApiKey } from "#features/identity/api-keys/verify.ts";
import { Refusal } from "#features/identity/refusal.ts";
import { scopes } from "../../../support/modules.ts";
import { planOf, startRecorder } from "../../../support/recorder.ts";
import { startService } from "../../../support/service.ts";
import { ALL_SCOPES, ada, admin, makeKey, openAccounts, rotate, storedKey } from "../../credentials/api-keys/keys.ts";

const DAY_MS = 86_400_000;

let asAda = startService({ as: ada });

beforeEach(async () => {
  await openAccounts();
  asAda = startService({ as: ada });
});

interface Presentation {
  readonly at?: number;
  readonly client?: D1Database;
}

/** The result for a key, its round trips, and the deferred work. */
async function present(key: string, { at = asAda.now(), client = env.DB }: Presentation = {}) {
  const database = openDatabase(client);
  const deferred: Promise<unknown>[] = [];
  const outcome: Principal | string = await verifyApiKey(key, {
    database,
    now: at,
    scopes,
    log: {},
    defer: (work) => void deferred.push(work),
  }).catch((error: unknown) => {
    if (error instanceof Refusal) return JSON.stringify(error.reason);
    throw error;
  });
  const cost = database.usage.roundTrips - deferred.length;
  await Promise.all(deferred);
  return { outcome, cost, deferred: deferred.length };
}

const refusedAs = (fault: string) => JSON.stringify({ kind: "api-key", fault });

describe("a valid key", () => {
  it("is its owner, with the scopes that both the key and the account permit, in one query", async () => {
    const { key } = await makeKey(asAda, { scopes: ["comments:read", "users:write"] });
    const { outcome, cost } = await present(key.secret);
    expect(outcome).toEqual({
      kind: "user",
      id: ada.id,
      roles: ["customer"],
      scopes: ["users:write", "comments:read"],
      credential: "api-key",
      plan: "free",
    });
    expect(cost).toBe(1);
  });

  it("loses access when its owner does", async () => {
    const { key } = await makeKey(startService({ as: admin }), { scopes: ALL_SCOPES });
    const permitted = async () => {
      const { outcome } = await present(key.secret);
      return typeof outcome === "string" || outcome.kind === "anonymous" ? outcome : outcome.scopes;
    };
    expect(await permitted()).toEqual(ALL_SCOPES);
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(admin.id).run();
    expect(await permitted()).toEqual(scopesOf(scopes, "customer"));
  });

  it("of a service account is a service", async () => {
    const { key } = await makeKey(asAda);
    await env.DB.prepare("UPDATE users SET kind = 'service' WHERE id = ?").bind(ada.id).run();
    expect((await present(key.secret)).outcome).toMatchObject({ kind: "service", id: ada.id });
  });
});

describe("an invalid key", () => {
  it("causes no query if it is malformed", async () => {
    const { key } = await makeKey(asAda);
    const mistyped = `${key.secret.slice(0, -1)}${key.secret.endsWith("0") ? "1" : "0"}`;
    expect(await present(mistyped)).toEqual({ outcome: refusedAs("checksum"), cost: 0, deferred: 0 });
    expect(await present("sluice_")).toEqual({ outcome: refusedAs("malformed"), cost: 0, deferred: 0 });
  });

  it("is unknown if it is not stored", async () => {
    expect((await present(writeApiKey(new Uint8Array(20).fill(9)))).outcome).toBe(refusedAs("unknown"));
  });

  it("is refused from its expiry on, to the millisecond", async () => {
    const end = asAda.now() + 1000;
    const { key } = await makeKey(asAda, { expires_at: new Date(end).toISOString() });
    expect((await present(key.secret, { at: end - 1 })).outcome).toMatchObject({ id: ada.id });
    expect(await present(key.secret, { at: end })).toEqual({ outcome: refusedAs("expired"), cost: 1, deferred: 0 });
  });

  it("is refused immediately after it is revoked", async () => {
    const { key, path, etag } = await makeKey(asAda);
    expect((await present(key.secret)).outcome).toMatchObject({ id: ada.id });
    const revoked = await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(revoked.status, etag).toBe(204);
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
  });

  it("is refused immediately after its owner's account is deleted", async () => {
    const { key } = await makeKey(asAda);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ada.id).run();
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
  });
});

describe("a rotated key", () => {
  it("has two valid secrets until the overlap ends, then one", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 60);
    const end = asAda.now() + 60_000;
    expect((await present(key.secret, { at: end - 1 })).outcome).toMatchObject({ id: ada.id });
    expect((await present(key.secret, { at: end })).outcome).toBe(refusedAs("expired"));
    expect((await present(next.secret, { at: end })).outcome).toMatchObject({ id: ada.id });
  });

  it("without overlap has one valid secret immediately", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 0);
    expect((await present(key.secret)).outcome).toBe(refusedAs("expired"));
    expect((await present(next.secret)).outcome).toMatchObject({ id: ada.id });
  });

  it("twice has its last two secrets valid", async () => {
    const { key, path } = await makeKey(asAda);
    const second = await rotate(asAda, path);
    const third = await rotate(asAda, path);
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
    expect((await present(second.secret)).outcome).toMatchObject({ id: ada.id });
    expect((await present(third.secret)).outcome).toMatchObject({ id: ada.id });
  });

  it("has no secret that outlives the key", async () => {
    const end = asAda.now() + 1000;
    const { key, path } = await makeKey(asAda, { expires_at: new Date(end).toISOString() });
    await rotate(asAda, path);
    expect((await present(key.secret, { at: end })).outcome).toBe(refusedAs("expired"));
  });
});

describe("the last use", () => {
  const usedOn = async (id: string) => (await storedKey(id))["last_used_on"];

  it("is recorded once a day, and changes the ETag of the key", async () => {
    const { key } = await makeKey(asAda);
    const noon = asAda.now();
    expect((await present(key.secret, { at: noon })).deferred).toBe(1);
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-01-31", version: 2, updated_at: noon });
    expect((await present(key.secret, { at: noon + 1000 })).deferred).toBe(0);
    expect((await present(key.secret, { at: noon + DAY_MS })).deferred).toBe(1);
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-02-01", version: 3 });
  });

  it("is recorded once by parallel requests", async () => {
    const { key } = await makeKey(asAda);
    await Promise.all(Array.from({ length: 5 }, () => present(key.secret)));
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-01-31", version: 2 });
  });

  it("never moves back, even if the clock does", async () => {
    const { key } = await makeKey(asAda);
    await present(key.secret, { at: asAda.now() + DAY_MS });
    expect((await present(key.secret)).deferred).toBe(0);
    expect(await usedOn(key.id)).toBe("2026-02-01");
  });

  it("is not recorded for a refused key", async () => {
    const { key, path } = await makeKey(asAda);
    await rotate(asAda, path, 0);
    expect((await present(key.secret)).deferred).toBe(0);
    expect(await usedOn(key.id)).toBeNull();
  });
});

it("the query uses the indexes of both hashes", async () => {
  const recorder = startRecorder();
  await findPresentedKey(openDatabase(recorder.database), "0".repeat(64));
  const [statement] = recorder.take();
  if (statement === undefined) throw new Error("no query was recorded");
  const steps = await planOf(statement);
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  expect(steps.filter((step) => step.includes("api_keys"))).toEqual([
    expect.stringMatching(/INDEX .*\(secret_hash=\?\)/),
    expect.stringMatching(/INDEX .*\(previous_secret_hash=\?\)/),
  ]);
});
