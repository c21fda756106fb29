/** commit() on the real D1: a write happens completely or not at all. */
import { env } from "cloudflare:workers";
import { eq, type SQL, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BatchExtension, commit, commitAndRead, type Guard, housekeep, SecondCommit } from "#core/data/commit.ts";
import { type Database, isRead, openDatabase, WriteOutsideCommit } from "#core/data/database.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { mailbox } from "#schema/mail.ts";

const lamps = sqliteTable("lamps", {
  id: text().primaryKey(),
  price: integer().notNull(),
  stock: integer().notNull(),
  version: integer().notNull().default(1),
});

const TABLE = [
  `CREATE TABLE lamps (
    id TEXT PRIMARY KEY, price INTEGER NOT NULL CHECK (price >= 0), stock INTEGER NOT NULL CHECK (stock >= 0),
    version INTEGER NOT NULL DEFAULT 1
  ) STRICT`,
  "INSERT INTO collections (name, generation, changed_at) VALUES ('lamps', 0, 0)",
  ...["INSERT", "UPDATE"].map(
    (event) => `CREATE TRIGGER lamps_change_on_${event} AFTER ${event} ON lamps BEGIN
      UPDATE collections SET generation = generation + 1 WHERE name = 'lamps';
    END`,
  ),
];

const database = openDatabase(env.DB);

const HOLDS: Guard = { condition: sql`1 = 1`, refusal: () => problem("conflict", { detail: "held" }) };

function broken(detail: string, condition = sql`1 = 0`): Guard {
  return { condition, refusal: () => problem("conflict", { detail }) };
}

function insert(id: string, price = 100) {
  return database.orm.insert(lamps).values({ id, price, stock: 3 });
}

function setStock(id: string, stock: number | SQL) {
  return database.orm.update(lamps).set({ stock, version: sql`version + 1` }).where(eq(lamps.id, id));
}

async function read<Row>(query: string): Promise<Row[]> {
  return (await env.DB.prepare(query).all<Row>()).results;
}

async function stocks(): Promise<Record<string, number>> {
  const rows = await read<{ id: string; stock: number }>("SELECT id, stock FROM lamps ORDER BY id");
  return Object.fromEntries(rows.map(({ id, stock }) => [id, stock]));
}

async function generation(): Promise<number | undefined> {
  return (await read<{ generation: number }>("SELECT generation FROM collections WHERE name = 'lamps'"))[0]?.generation;
}

async function refusalOf(write: Promise<void>): Promise<string> {
  const thrown: unknown = await write.then(
    () => "committed",
    (error: unknown) => error,
  );
  return thrown instanceof Error && thrown.name === "Problem" ? (thrown as Problem).detail : String(thrown); // by its name
}

beforeAll(() => env.DB.batch(TABLE.map((statement) => env.DB.prepare(statement))));

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM lamps").run();
  await housekeep(database, [insert("lamp_a")]);
});

describe("commit", () => {
  it("runs all statements after guards that hold, in one round trip", async () => {
    const metered = openDatabase(env.DB);
    await commit(metered, { guards: [HOLDS, HOLDS], statements: [insert("lamp_b"), setStock("lamp_a", 7)] });
    expect(await stocks()).toEqual({ lamp_a: 7, lamp_b: 3 });
    expect(metered.usage.roundTrips).toBe(1);
  });

  it.each([
    ["the only guard", [broken("first")], "first"],
    ["the first of two guards", [broken("first"), HOLDS], "first"],
    ["the second of two guards", [HOLDS, broken("second")], "second"],
    ["both guards, of which the first is reported", [broken("first"), broken("second")], "first"],
    ["a guard whose condition is NULL", [broken("first", sql`NULL = 1`)], "first"],
    [
      "a guard that reads a missing row",
      [broken("first", sql`(SELECT stock FROM lamps WHERE id = 'lamp_z') > 0`)],
      "first",
    ],
  ])("rolls back everything if a guard fails: %s", async (_name, guards, expected) => {
    const before = await generation();
    const write = commit(database, { guards, statements: [insert("lamp_b"), setStock("lamp_a", 7)] });
    expect(await refusalOf(write)).toBe(expected);
    expect(await stocks()).toEqual({ lamp_a: 3 });
    expect(await generation()).toBe(before);
  });

  it("accepts any true value as a guard's condition, not only 1", async () => {
    const stocked = broken("empty", sql`(SELECT stock FROM lamps WHERE id = 'lamp_a')`);
    await commit(database, { guards: [stocked], statements: [setStock("lamp_a", 2)] });
    expect(await stocks()).toEqual({ lamp_a: 2 });
    // The first guard still holds when the guards are evaluated again, so only the failed one is reported.
    const write = commit(database, { guards: [stocked, broken("second")], statements: [setStock("lamp_a", 1)] });
    expect(await refusalOf(write)).toBe("second");
  });

  it("leaves the guards' table empty, after a success and after a failure", async () => {
    await commit(database, { guards: [HOLDS, HOLDS], statements: [setStock("lamp_a", 1)] });
    await refusalOf(commit(database, { guards: [HOLDS, broken("x")], statements: [setStock("lamp_a", 2)] }));
    expect(await read("SELECT * FROM guards")).toEqual([]);
  });

  it.each([
    ["a constraint", () => insert("lamp_b", -1), /CHECK/],
    ["a duplicate", () => insert("lamp_a"), /UNIQUE/],
    ["no such table", () => setStock("lamp_a", sql`(SELECT 1 FROM nowhere)`), /nowhere/],
  ])("rethrows a failure that no guard caused: %s", async (_name, statement, cause) => {
    for (const guards of [[], [HOLDS]]) {
      const thrown = await commit(database, { guards, statements: [setStock("lamp_a", 9), statement()] }).catch(
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(Error);
      expect((thrown as Error).name).not.toBe("Problem"); // an Error by the line above
      expect(causesOf(thrown)).toMatch(cause);
      expect(await stocks()).toEqual({ lamp_a: 3 });
    }
  });

  it("throws the first error if the guards cannot be evaluated again", async () => {
    const guards = [broken("never reported", sql`(SELECT 1 FROM nowhere)`)];
    const thrown = await commit(database, { guards, statements: [setStock("lamp_a", 9)] }).catch(
      (error: unknown) => error,
    );
    expect(causesOf(thrown)).toMatch(/nowhere/);
    expect(causesOf(thrown), "not the error of the second evaluation").not.toMatch(/SELECT/);
    expect(await stocks()).toEqual({ lamp_a: 3 });
  });

  it("does not report a failed guard if the response is lost, because the guard may have failed after the write", async () => {
    const lost = new Error("D1_ERROR: Network connection lost.");
    const client: D1Database = new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            await target.batch(statements);
            throw lost;
          };
        }
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const atVersion1: Guard = {
      condition: sql`EXISTS (SELECT 1 FROM lamps WHERE id = 'lamp_a' AND version = 1)`,
      refusal: (cause) => problem("precondition-failed", { cause }),
    };
    const unanswered = openDatabase(client);
    const thrown = await commit(unanswered, { guards: [HOLDS, atVersion1], statements: [setStock("lamp_a", 7)] }).catch(
      (error: unknown) => error,
    );
    expect(await stocks()).toEqual({ lamp_a: 7 });
    expect(causesOf(thrown)).toContain(lost.message);
    expect([(thrown as Error).name, unanswered.progress]).toEqual(["Error", "unknown"]); // an Error by the line above
  });

  it("commits exactly one of several writes that depend on the same state", async () => {
    const writes = Array.from({ length: 20 }, (_, index) =>
      commit(openDatabase(env.DB), {
        guards: [broken("late", sql`EXISTS (SELECT 1 FROM lamps WHERE id = 'lamp_a' AND version = 1)`)],
        statements: [setStock("lamp_a", 100 + index)],
      }),
    );
    const outcomes = await Promise.all(writes.map(refusalOf));
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "late")).toHaveLength(19);
    expect(await read("SELECT version FROM lamps")).toEqual([{ version: 2 }]);
  });
});

describe("batch extensions", () => {
  const noted = (text: string): BatchExtension => ({
    statements: () => [database.orm.insert(mailbox).values({ recipient: text, subject: "", content: "", sentAt: 1 })],
  });
  const notes = async () =>
    (await read<{ recipient: string }>("SELECT recipient FROM mailbox")).map((row) => row.recipient);
  const databaseWith = (...extensions: BatchExtension[]) => {
    const made = openDatabase(env.DB);
    made.extensions.push(...extensions);
    return made;
  };
  const loseResponses = (): D1Database =>
    new Proxy(env.DB, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name !== "batch") return typeof member === "function" ? member.bind(target) : member;
        return async (statements: D1PreparedStatement[]) => {
          await target.batch(statements);
          throw new Error("D1_ERROR: Network connection lost.");
        };
      },
    });

  beforeEach(async () => {
    await env.DB.prepare("DELETE FROM mailbox").run();
  });

  it("run with the write, in its round trip, and once", async () => {
    const made = databaseWith(noted("first"), noted("second"));
    await commit(made, { guards: [HOLDS], statements: [setStock("lamp_a", 7)] });
    expect(await notes()).toEqual(["first", "second"]);
    expect(made.usage.roundTrips).toBe(1);
    expect(made.progress).toBe("committed");
    const again = commit(made, { guards: [], statements: [setStock("lamp_a", 8)] });
    await expect(again).rejects.toThrow(SecondCommit);
    expect([await notes(), await stocks()]).toEqual([["first", "second"], { lamp_a: 7 }]);
  });

  it("receive the id of the resource that the write creates", async () => {
    const received: unknown[] = [];
    const recording: BatchExtension = {
      statements: ({ resourceId }) => {
        received.push(resourceId);
        return [];
      },
    };
    await commit(databaseWith(recording), { guards: [], statements: [setStock("lamp_a", 7)], resourceId: "lamp_a" });
    expect(received).toEqual(["lamp_a"]);
  });

  it.each([
    ["the write's guard", () => databaseWith(noted("x")), [broken("own")], "own"],
    [
      "the guard of an extension, which is reported first",
      () => databaseWith({ ...noted("x"), guards: [broken("extension's")] }),
      [broken("own")],
      "extension's",
    ],
  ])("remain for the next commit if the write is refused by %s", async (_, ride, guards, expected) => {
    const made: Database = ride();
    expect(await refusalOf(commit(made, { guards, statements: [setStock("lamp_a", 7)] }))).toBe(expected);
    expect([await notes(), await stocks(), made.progress, made.extensions.length]).toEqual([
      [],
      { lamp_a: 3 },
      "untouched",
      1,
    ]);
    const [extension] = made.extensions;
    made.extensions.splice(0, 1, noted("again"));
    await commit(made, { guards: [], statements: [setStock("lamp_a", 8)] });
    expect([await notes(), await stocks(), extension !== undefined]).toEqual([["again"], { lamp_a: 8 }, true]);
  });

  it("prove with their mark that a write whose response was lost is committed", async () => {
    const made = openDatabase(loseResponses());
    made.extensions.push({ ...noted("marked"), mark: sql`EXISTS (SELECT 1 FROM mailbox WHERE recipient = 'marked')` });
    const atVersion1 = broken("false", sql`EXISTS (SELECT 1 FROM lamps WHERE id = 'lamp_a' AND version = 1)`);
    const stock = database.orm.select({ stock: lamps.stock }).from(lamps);
    const rows = commitAndRead(made, { guards: [atVersion1], statements: [setStock("lamp_a", 7)] }, [stock]);
    // The first batch of reads also loses its response; by then the write is known to be committed.
    await rows.catch(() => undefined);
    expect([made.progress, made.extensions.length, await stocks()]).toEqual(["committed", 0, { lamp_a: 7 }]);
  });

  it("report a failure if SQLite rolled the batch back and the mark is missing", async () => {
    const made = databaseWith({ ...noted("x"), mark: sql`1 = 0` });
    const write = commit(made, { guards: [HOLDS], statements: [setStock("lamp_a", sql`-1`)] });
    await expect(write).rejects.toThrow();
    expect([made.progress, await notes()]).toEqual(["untouched", []]);
  });

  it("do not send the batch if `before` fails, and leave the outcome unknown if `after` fails", async () => {
    const fail = () => Promise.reject(new Error("here"));
    const before = databaseWith({ ...noted("x"), before: fail });
    await expect(commit(before, { guards: [], statements: [setStock("lamp_a", 7)] })).rejects.toThrow("here");
    expect([before.progress, await stocks(), before.usage.roundTrips]).toEqual(["untouched", { lamp_a: 3 }, 0]);
    const after = databaseWith({ ...noted("x"), after: fail });
    await expect(commit(after, { guards: [], statements: [setStock("lamp_a", 7)] })).rejects.toThrow("here");
    expect([after.progress, await stocks()]).toEqual(["unknown", { lamp_a: 7 }]);
  });

  it("do not run with housekeep()", async () => {
    const made = databaseWith(noted("x"));
    await housekeep(made, [setStock("lamp_a", 7)]);
    expect([await notes(), await stocks(), made.extensions.length, made.progress]).toEqual([
      [],
      { lamp_a: 7 },
      1,
      "untouched",
    ]);
  });
});

describe("writes outside commit()", () => {
  const read = () => database.orm.select().from(lamps);

  it.each<[string, () => PromiseLike<unknown>]>([
    ["an insert", () => insert("lamp_b")],
    ["an insert that returns rows", () => insert("lamp_b").returning({ id: lamps.id })],
    ["an update", () => setStock("lamp_a", 9)],
    ["a deletion", () => database.orm.delete(lamps)],
    ["a batch", () => database.orm.batch([read(), setStock("lamp_a", 9)])],
    ["SQL", () => database.orm.run(sql`UPDATE lamps SET stock = 9`)],
    ["SQL that returns rows", () => database.orm.all(sql`DELETE FROM lamps RETURNING id`)],
    [
      "SQL after a common table expression",
      () => database.orm.run(sql`WITH p AS (SELECT 1) UPDATE lamps SET stock = 9`),
    ],
    ["SQL after a comment", () => database.orm.run(sql`/* SELECT */ UPDATE lamps SET stock = 9`)],
    ["a transaction", () => database.orm.transaction(async () => undefined)],
  ])("refuses %s", async (_, write) => {
    const before = database.usage.roundTrips;
    const thrown: unknown = await Promise.resolve()
      .then(write)
      .catch((error: unknown) => error);
    expect(innermost(thrown)).toBeInstanceOf(WriteOutsideCommit);
    expect(await stocks()).toEqual({ lamp_a: 3 });
    expect(database.usage.roundTrips).toBe(before);
  });

  it.each([
    ["SELECT 1", true],
    ["  select * from lamps", true],
    ["WITH a AS (SELECT 1) SELECT * FROM a", true],
    ["with a as (select 1) insert into lamps select * from a", false],
    ["PRAGMA user_version = 2", false],
    ["", false],
    ["selection", false],
  ])("classifies %j as a read: %s", (query, expected) => {
    expect(isRead(query)).toBe(expected);
  });

  it("reads are allowed", async () => {
    expect(await read()).toHaveLength(1);
    expect(await database.orm.batch([read(), read()])).toHaveLength(2);
  });
});

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}

/** The messages of an error and of all its causes. */
function causesOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${causesOf(error.cause)}` : "";
}
