import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { RevocableClaims } from "#core/contract/principal.ts";
import { housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { openDatabase } from "#core/data/database.ts";
import { rememberRevocations } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { destroyExpired, revocationStatements } from "#features/identity/revocations/store.ts";
import { brokenDatabase } from "../../../support/broken-database.ts";
import { refusalThrownBy } from "../refused.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const SECOND = 1000;

const claims = (change: Partial<RevocableClaims> = {}): RevocableClaims => ({
  jti: "token-1",
  account: "user_1",
  accountVersion: 1,
  client_id: "app-1",
  clientVersion: 1,
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

/** An isolate: its memory, and each answer with its number of round trips. */
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
  await env.DB.batch([
    env.DB.prepare("DELETE FROM revocations"),
    env.DB.prepare("DELETE FROM users WHERE id = 'user_1'"),
    env.DB.prepare(
      "INSERT INTO users (id, email, name, role, created_at, updated_at) VALUES ('user_1', 'one@example.test', 'One', 'customer', 0, 0)",
    ),
  ]);
});

describe("the memory of an isolate", () => {
  it("contains its own revocations immediately", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
    isolate.note([revocationOf("token", "token-1", NOW)]);
    expect(await isolate.ask(NOW)).toEqual([true, 0]);
    expect(await isolate.ask(NOW, { jti: "token-2" })).toEqual([false, 0]);
  });

  it("contains its own revocation of an account immediately, after one more round trip", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
    await revoke(["account", "user_1", NOW]);
    isolate.note([revocationOf("account", "user_1", NOW)]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    expect(await isolate.ask(NOW)).toEqual([true, 0]);
    expect(await isolate.ask(NOW, { accountVersion: 2 })).toEqual([false, 0]);
    expect(await isolate.ask(NOW, { accountVersion: 0 })).toEqual([true, 0]);
  });

  it("contains its own revocation of an account, also if a read was in progress", async () => {
    const isolate = startIsolate();
    let release: (() => void) | undefined;
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
    const early = isolate.ask(
      NOW,
      {},
      delayedDatabase(
        hold,
        new Promise<void>((resolve) => {
          release = resolve;
        }),
      ),
    );
    await isHeld;
    await revoke(["account", "user_1", NOW]);
    isolate.note([revocationOf("account", "user_1", NOW)]);
    release?.();
    expect(await early).toEqual([false, 1]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
  });

  it("never repeats a version of an account, whichever isolate revokes", async () => {
    const versions = () =>
      env.DB.prepare("SELECT below_version AS version FROM revocations ORDER BY seq").all<{ version: number }>();
    await revoke(["account", "user_1", NOW], ["token", "token-1", NOW], ["account", "user_1", NOW]);
    await env.DB.prepare(
      "INSERT INTO revocations (kind, id, issued_before, expires_at) VALUES ('account', 'user_1', 1, 2)",
    ).run();
    await revoke(["account", "nobody", NOW]);
    expect((await versions()).results.map(({ version }) => version)).toEqual([2, 1, 3, 4, Number.MAX_SAFE_INTEGER]);
  });

  it("contains the revocations of others within five seconds", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
    await revoke(["account", "user_1", NOW + 1]);
    expect(await isolate.ask(NOW + 4_999)).toEqual([false, 0]);
    expect(await isolate.ask(NOW + 5_000)).toEqual([true, 1]);
    expect(await isolate.ask(NOW + 5_000, { account: "user_2" })).toEqual([false, 0]);
  });

  it("contains all revocations after its first read", async () => {
    await revoke(["token", "token-1", NOW - SECOND], ["client", "app-2", NOW - SECOND]);
    const isolate = startIsolate();
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    expect(await isolate.ask(NOW, { jti: "token-2", client_id: "app-2" })).toEqual([true, 0]);
  });

  it("keeps its own revocations when it reads those of others, and the reverse", async () => {
    const isolate = startIsolate();
    isolate.note([revocationOf("token", "token-1", NOW)]);
    await revoke(["token", "token-2", NOW]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    await revoke(["token", "token-3", NOW]);
    await isolate.ask(NOW + 5_000);
    for (const jti of ["token-1", "token-2", "token-3"])
      expect(await isolate.ask(NOW + 5_000, { jti })).toEqual([true, 0]);
  });

  it("costs a steady client one round trip in five seconds, and reads only new rows", async () => {
    const isolate = startIsolate();
    let roundTrips = 0;
    for (let at = 0; at < 60_000; at += 100) {
      if (at % 10_000 === 0) await revoke(["token", `other-${at}`, NOW + at]);
      roundTrips += Number((await isolate.ask(NOW + at))[1]);
    }
    expect(roundTrips).toBe(12);
    const read: unknown[][] = [];
    await isolate.ask(NOW + 65_000, {}, recordingDatabase(read));
    expect(read.flat()).toContain(await env.DB.prepare("SELECT max(seq) AS seq FROM revocations").first<number>("seq"));
  });

  it("contains a revocation that was written while the clock was behind", async () => {
    const isolate = startIsolate();
    expect(await isolate.ask(NOW + 3_600_000)).toEqual([false, 1]);
    await revoke(["token", "token-1", NOW]);
    expect(await isolate.ask(NOW)).toEqual([true, 1]);
    expect((await isolate.ask(NOW - 1))[1]).toBe(0);
  });

  it("is complete with more entries than fit into one statement", async () => {
    const ids = Array.from({ length: 130 }, (_, index) => `token-${index}`);
    await revoke(...ids.map((id) => ["token", id, NOW] as const));
    const isolate = startIsolate();
    for (const jti of ids) expect((await isolate.ask(NOW, { jti }))[0], jti).toBe(true);
    expect(await countStored()).toBe(130);
  });

  it("writes nothing for an empty list", () => {
    expect(revocationStatements(openDatabase(env.DB), [])).toEqual([]);
  });
});

describe("while the database fails", () => {
  const broken = brokenDatabase("down");

  it("an isolate without a read refuses every token", async () => {
    expect(await refusalThrownBy(() => startIsolate().ask(NOW, {}, broken))).toBe("no-revocations");
  });

  it("an isolate with a read accepts tokens for a minute, then refuses, then recovers", async () => {
    const isolate = startIsolate();
    await isolate.ask(NOW);
    isolate.note([revocationOf("token", "token-2", NOW)]);
    expect((await isolate.ask(NOW + 60_000, {}, broken))[0]).toBe(false);
    expect((await isolate.ask(NOW + 60_000, { jti: "token-2" }, broken))[0]).toBe(true);
    expect(await refusalThrownBy(() => isolate.ask(NOW + 60_001, {}, broken))).toBe("no-revocations");
    expect(await isolate.ask(NOW + 60_001)).toEqual([false, 1]);
  });

  it("an isolate that revoked an account and cannot read the version refuses its tokens", async () => {
    const isolate = startIsolate();
    await isolate.ask(NOW);
    isolate.note([revocationOf("account", "user_1", NOW)]);
    expect(await refusalThrownBy(() => isolate.ask(NOW, {}, broken))).toBe("no-revocations");
    expect(await isolate.ask(NOW)).toEqual([false, 1]);
  });
});

it("expired revocations are deleted, and no sequence number is reused", async () => {
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

/** The real database, which records all bound values. */
function recordingDatabase(read: unknown[][]): D1Database {
  return {
    prepare: (query: string) => ({
      bind: (...values: unknown[]) => {
        read.push(values);
        return env.DB.prepare(query).bind(...values);
      },
    }),
  } as unknown as D1Database; // the code under test calls only these methods
}

/** The real database, whose rows are read immediately and returned after `release`. */
function delayedDatabase(onHeld: () => void, release: Promise<void>): D1Database {
  return {
    prepare: (query: string) => ({
      bind: (...values: unknown[]) => ({
        async raw() {
          const rows = await env.DB.prepare(query)
            .bind(...values)
            .raw();
          onHeld();
          await release;
          return rows;
        },
      }),
    }),
  } as unknown as D1Database; // the code under test calls only these methods
}
