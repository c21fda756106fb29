/** Whose a key is, asked of the real database. */
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

/** What comes of a key, how many round trips it cost, and what was deferred. */
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

describe("a good key", () => {
  it("is its owner, with what the key and the account both permit, for one query", async () => {
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

  it("permits less when its owner may less", async () => {
    const { key } = await makeKey(startService({ as: admin }), { scopes: ALL_SCOPES });
    const permitted = async () => {
      const { outcome } = await present(key.secret);
      return typeof outcome === "string" || outcome.kind === "anonymous" ? outcome : outcome.scopes;
    };
    expect(await permitted()).toEqual(ALL_SCOPES);
    await env.DB.prepare("UPDATE users SET role = 'customer' WHERE id = ?").bind(admin.id).run();
    expect(await permitted()).toEqual(scopesOf(scopes, "customer"));
  });

  it("of a service's account is a service", async () => {
    const { key } = await makeKey(asAda);
    await env.DB.prepare("UPDATE users SET kind = 'service' WHERE id = ?").bind(ada.id).run();
    expect((await present(key.secret)).outcome).toMatchObject({ kind: "service", id: ada.id });
  });
});

describe("a key that is not good", () => {
  it("costs nothing when it cannot be one", async () => {
    const { key } = await makeKey(asAda);
    const mistyped = `${key.secret.slice(0, -1)}${key.secret.endsWith("0") ? "1" : "0"}`;
    expect(await present(mistyped)).toEqual({ outcome: refusedAs("checksum"), cost: 0, deferred: 0 });
    expect(await present("sluice_")).toEqual({ outcome: refusedAs("malformed"), cost: 0, deferred: 0 });
  });

  it("is unknown when nobody has it", async () => {
    expect((await present(writeApiKey(new Uint8Array(20).fill(9)))).outcome).toBe(refusedAs("unknown"));
  });

  it("is refused from its expiry on, to the millisecond", async () => {
    const end = asAda.now() + 1000;
    const { key } = await makeKey(asAda, { expires_at: new Date(end).toISOString() });
    expect((await present(key.secret, { at: end - 1 })).outcome).toMatchObject({ id: ada.id });
    expect(await present(key.secret, { at: end })).toEqual({ outcome: refusedAs("expired"), cost: 1, deferred: 0 });
  });

  it("is refused at once when it is revoked", async () => {
    const { key, path, etag } = await makeKey(asAda);
    expect((await present(key.secret)).outcome).toMatchObject({ id: ada.id });
    const revoked = await asAda.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(revoked.status, etag).toBe(204);
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
  });

  it("is refused at once when its owner's account is deleted", async () => {
    const { key } = await makeKey(asAda);
    await env.DB.prepare("UPDATE users SET deleted_at = 1 WHERE id = ?").bind(ada.id).run();
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
  });
});

describe("a rotated key", () => {
  it("has two secrets until the overlap ends, and one from then on", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 60);
    const end = asAda.now() + 60_000;
    expect((await present(key.secret, { at: end - 1 })).outcome).toMatchObject({ id: ada.id });
    expect((await present(key.secret, { at: end })).outcome).toBe(refusedAs("expired"));
    expect((await present(next.secret, { at: end })).outcome).toMatchObject({ id: ada.id });
  });

  it("without overlap has one secret at once", async () => {
    const { key, path } = await makeKey(asAda);
    const next = await rotate(asAda, path, 0);
    expect((await present(key.secret)).outcome).toBe(refusedAs("expired"));
    expect((await present(next.secret)).outcome).toMatchObject({ id: ada.id });
  });

  it("twice has the last two secrets", async () => {
    const { key, path } = await makeKey(asAda);
    const second = await rotate(asAda, path);
    const third = await rotate(asAda, path);
    expect((await present(key.secret)).outcome).toBe(refusedAs("unknown"));
    expect((await present(second.secret)).outcome).toMatchObject({ id: ada.id });
    expect((await present(third.secret)).outcome).toMatchObject({ id: ada.id });
  });

  it("does not outlive the key", async () => {
    const end = asAda.now() + 1000;
    const { key, path } = await makeKey(asAda, { expires_at: new Date(end).toISOString() });
    await rotate(asAda, path);
    expect((await present(key.secret, { at: end })).outcome).toBe(refusedAs("expired"));
  });
});

describe("the last use", () => {
  const usedOn = async (id: string) => (await storedKey(id))["last_used_on"];

  it("is noted once a day, as a change of the key", async () => {
    const { key } = await makeKey(asAda);
    const noon = asAda.now();
    expect((await present(key.secret, { at: noon })).deferred).toBe(1);
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-01-31", version: 2, updated_at: noon });
    expect((await present(key.secret, { at: noon + 1000 })).deferred).toBe(0);
    expect((await present(key.secret, { at: noon + DAY_MS })).deferred).toBe(1);
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-02-01", version: 3 });
  });

  it("is noted once by requests that come at once", async () => {
    const { key } = await makeKey(asAda);
    await Promise.all(Array.from({ length: 5 }, () => present(key.secret)));
    expect(await storedKey(key.id)).toMatchObject({ last_used_on: "2026-01-31", version: 2 });
  });

  it("never moves back, whatever the clock says", async () => {
    const { key } = await makeKey(asAda);
    await present(key.secret, { at: asAda.now() + DAY_MS });
    expect((await present(key.secret)).deferred).toBe(0);
    expect(await usedOn(key.id)).toBe("2026-02-01");
  });

  it("is not noted of a key that is refused", async () => {
    const { key, path } = await makeKey(asAda);
    await rotate(asAda, path, 0);
    expect((await present(key.secret)).deferred).toBe(0);
    expect(await usedOn(key.id)).toBeNull();
  });
});

it("the query goes through the indexes of both hashes", async () => {
  const recorder = startRecorder();
  await findPresentedKey(openDatabase(recorder.database), "0".repeat(64));
  const [statement] = recorder.take();
  if (statement === undefined) throw new Error("a key was looked for");
  const steps = await planOf(statement);
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  expect(steps.filter((step) => step.includes("api_keys"))).toEqual([
    expect.stringMatching(/INDEX .*\(secret_hash=\?\)/),
    expect.stringMatching(/INDEX .*\(previous_secret_hash=\?\)/),
  ]);
});
