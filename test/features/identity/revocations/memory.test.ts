import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { openDatabase } from "#core/data/database.ts";
import { rememberRevocations } from "#features/identity/revocations/memory.ts";
import { type RevocableClaims, revocationOf } from "#features/identity/revocations/revocation.ts";
import { destroyExpired, revocationStatements } from "#features/identity/revocations/store.ts";
import { brokenDatabase } from "../../../support/broken-database.ts";
import { refusalThrownBy } from "../refused.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const SECOND = 1000;

const claims = (change: Partial<RevocableClaims> = {}): RevocableClaims => ({
  jti: "token-1",
  issuedAtMs: NOW - 10 * SECOND,
  account: "user_1",
  client_id: "app-1",
  ...change,
});

async function write(database: Database, ...entries: Readonly<Parameters<typeof revocationOf>>[]): Promise<void> {
  const [first, ...rest] = revocationStatements(
    database,
    entries.map((entry) => revocationOf(...entry)),
  );
  if (first !== undefined) await housekeep(database, [first, ...rest]);
}

const revoke = (...entries: Readonly<Parameters<typeof revocationOf>>[]) => write(openDatabase(env.DB), ...entries);
const countStored = async () =>
  (await env.DB.prepare("SELECT count(*) AS count FROM revocations").first<{ count: number }>())?.count;

/** An isolate: its memory, and what each question of it costs. */
function startIsolate() {
  const memory = rememberRevocations();
  return {
    note: memory.note,
    async ask(now: number, change: Partial<RevocableClaims> = {}, client: D1Database = env.DB) {
      const database = openDatabase(client);
      return [await memory.isRevoked(claims(change), { now, database }), database.usage.roundTrips];
    },
  };
}

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM revocations").run();
});

describe("what an isolate knows", () => {
  it("its own revocations at once", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
    isolate.note([revocationOf("token", "token-1", NOW)]);
    expect(await isolate.ask(NOW)).toEqual([true, 0]);
    expect(await isolate.ask(NOW, { jti: "token-2" })).toEqual([false, 0]);
  });

  it("those of others within five seconds", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
    await revoke(["account", "user_1", NOW + 1]);
    expect(await isolate.ask(NOW + 4_999)).toEqual([false, 0]);
    expect(await isolate.ask(NOW + 5_000)).toEqual([true, 1]);
    expect(await isolate.ask(NOW + 5_000, { account: "user_2" })).toEqual([false, 0]);
  });

  it("all there are, when it begins", async () => {
    await revoke(["token", "token-1", NOW - SECOND], ["client", "app-2", NOW - SECOND]);
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    expect(await isolate.ask(NOW, { jti: "token-2", client_id: "app-2" })).toEqual([true, 0]);
  });

  it("its own are not lost when it reads those of others, nor the other way round", async () => {
    const isolate = startIsolate();
    isolate.note([revocationOf("token", "token-1", NOW)]);
    await revoke(["token", "token-2", NOW]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    await revoke(["token", "token-3", NOW]);
    await isolate.ask(NOW + 5_000);
    for (const jti of ["token-1", "token-2", "token-3"])
      expect(await isolate.ask(NOW + 5_000, { jti })).toEqual([true, 0]);
  });

  it("costs a steady client one round trip in five seconds, and reads only what is new", async () => {
    const isolate = startIsolate();
    let roundTrips = 0;
    for (let at = 0; at < 60_000; at += 100) {
      if (at % 10_000 === 0) await revoke(["token", `other-${at}`, NOW + at]);
      roundTrips += Number((await isolate.ask(NOW + at))[1]);
    }
    expect(roundTrips).toBe(12);
    const read: unknown[][] = [];
    await isolate.ask(NOW + 65_000, {}, listening(read));
    expect(read.flat()).toContain(await env.DB.prepare("SELECT max(seq) AS seq FROM revocations").first<number>("seq"));
  });

  it("counts also what was revoked while the clock of requests stood otherwise", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW + 3_600_000)).toEqual([false, 1]);
    await revoke(["token", "token-1", NOW]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    expect((await isolate.ask(NOW - 1))[1]).toBe(0);
  });

  it("is complete with more entries than one statement takes", async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `token-${index}`);
    await revoke(...ids.map((id) => ["token", id, NOW] as const));
    const isolate = startIsolate();
    for (const jti of ids) expect((await isolate.ask(NOW, { jti }))[0], jti).toBe(true);
    expect(await countStored()).toBe(130);
  });

  it("nothing to write is nothing written", () => {
    expect(revocationStatements(openDatabase(env.DB), [])).toEqual([]);
  });
});

describe("while the database does not answer", () => {
  const broken = brokenDatabase("down");

  it("an isolate that never read refuses to judge", async () => {
    expect(await refusalThrownBy(() => startIsolate().ask(NOW, {}, broken))).toBe("no-revocations");
  });

  it("one that did goes on for a minute, then fails closed, then recovers", async () => {
    const isolate = startIsolate();
    await isolate.ask(NOW);
    isolate.note([revocationOf("token", "token-2", NOW)]);
    expect((await isolate.ask(NOW + 60_000, {}, broken))[0]).toBe(false);
    expect((await isolate.ask(NOW + 60_000, { jti: "token-2" }, broken))[0]).toBe(true);
    expect(await refusalThrownBy(() => isolate.ask(NOW + 60_001, {}, broken))).toBe("no-revocations");
    expect(await isolate.ask(NOW + 60_001)).toEqual([false, 1]);
  });
});

it("what has expired is destroyed, and no number is given twice", async () => {
  await revoke(["token", "token-1", NOW], ["token", "token-2", NOW + SECOND]);
  const { expiresAt } = revocationOf("token", "token-1", NOW);
  await destroyExpired(openDatabase(env.DB), expiresAt - 1);
  expect(await countStored()).toBe(2);
  await destroyExpired(openDatabase(env.DB), expiresAt);
  expect(await countStored()).toBe(1);
  const isolate = startIsolate();
  await isolate.ask(expiresAt);
  await destroyExpired(openDatabase(env.DB), expiresAt + 60_000);
  expect(await countStored()).toBe(0);
  await revoke(["token", "token-3", expiresAt]);
  expect(await isolate.ask(expiresAt + 5_000, { jti: "token-3" })).toEqual([true, 1]);
});

/** The real database, with a note of the values that are bound. */
function listening(read: unknown[][]): D1Database {
  return {
    prepare: (query: string) => ({
      bind: (...values: unknown[]) => {
        read.push(values);
        return env.DB.prepare(query).bind(...values);
      },
    }),
  } as unknown as D1Database; // the part of it that is called
}
