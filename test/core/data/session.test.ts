import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { commit, commitAndRead, housekeep } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import { meterUsage } from "#core/data/usage.ts";
import { problem } from "#core/http/problem.ts";
import { mailbox } from "#schema/mail.ts";
import { startLaggingReplica } from "../../support/lagging-replica.ts";

const replica = await startLaggingReplica();
const open = (start: string, client = replica.database) => openDatabase(client, { start, meter: meterUsage(() => 0) });
type Opened = ReturnType<typeof open>;

const mail = (database: Opened, recipient: string) =>
  database.orm.insert(mailbox).values({ recipient, subject: "", content: "", sentAt: 1 });
const write = (database: Opened, recipient: string) =>
  commit(database, { guards: [], statements: [mail(database, recipient)] });
const inbox = (database: Opened) => database.orm.select({ recipient: mailbox.recipient }).from(mailbox);
const recipients = async (database: Opened) => (await inbox(database)).map(({ recipient }) => recipient);

beforeEach(async () => {
  const database = open("first-primary");
  await housekeep(database, [database.orm.delete(mailbox)]);
  await replica.catchUp();
  replica.takeTrace();
});

describe("a session", () => {
  it("begins with the first statement, and serves reads, batches and the write", async () => {
    const database = open("first-primary");
    expect([replica.takeTrace(), database.bookmark()]).toEqual([[], undefined]);
    expect(await recipients(database)).toEqual([]);
    await write(database, "ada");
    expect(await recipients(database)).toEqual(["ada"]);
    expect(await database.orm.batch([inbox(database)])).toEqual([[{ recipient: "ada" }]]);
    expect(replica.takeTrace()).toEqual(["first-primary", "primary", "write", "primary", "primary"]);
    expect(database.usage.roundTrips).toBe(4);
  });

  it("reads its own writes, wherever it began", async () => {
    const database = open("first-unconstrained");
    expect(await recipients(database)).toEqual([]);
    await write(database, "ada");
    expect(await recipients(database)).toEqual(["ada"]);
    expect(await recipients(open("first-unconstrained"))).toEqual([]);
    expect(replica.takeTrace()).toEqual([
      ...["first-unconstrained", "replica", "write", "primary"],
      ...["first-unconstrained", "replica"],
    ]);
  });

  it("begins at a bookmark, and reads from the replica once it has caught up", async () => {
    const writer = open("first-primary");
    await write(writer, "ada");
    const bookmark = writer.bookmark() ?? "";
    replica.takeTrace();
    expect(await recipients(open(bookmark))).toEqual(["ada"]);
    await replica.catchUp();
    expect(await recipients(open(bookmark))).toEqual(["ada"]);
    expect(replica.takeTrace()).toEqual([bookmark, "primary", bookmark, "replica"]);
  });

  it("can change where it begins until the first statement", async () => {
    const database = open("first-primary");
    database.readFrom("first-unconstrained");
    await inbox(database);
    database.readFrom("first-primary");
    await inbox(database);
    expect(replica.takeTrace()).toEqual(["first-unconstrained", "replica", "replica"]);
  });

  it("continues at the primary after readPrimary()", async () => {
    await write(open("first-primary"), "ada");
    replica.takeTrace();
    const database = open("first-unconstrained");
    expect(await recipients(database)).toEqual([]);
    database.readPrimary();
    expect(database.bookmark()).toBeUndefined();
    expect(await recipients(database)).toEqual(["ada"]);
    expect(replica.takeTrace()).toEqual(["first-unconstrained", "replica", "first-primary", "primary"]);
  });

  it("does not exist without options, so scheduled tasks and scripts use the primary", async () => {
    const database = openDatabase(env.DB);
    database.readFrom("first-unconstrained");
    database.readPrimary();
    expect(await inbox(database)).toEqual([]);
    expect([database.bookmark(), database.usage.roundTrips]).toEqual([undefined, 1]);
  });
});

describe("after a failure", () => {
  const marked = sql`EXISTS (SELECT 1 FROM mailbox WHERE recipient = 'ada')`;

  it("looks at the primary for a write whose response was lost", async () => {
    const database = open("first-unconstrained");
    await inbox(database);
    database.extensions.push({ statements: () => [], mark: marked });
    replica.loseNextWrite();
    const [rows] = await commitAndRead(database, { guards: [], statements: [mail(database, "ada")] }, [
      inbox(database),
    ]);
    expect([database.progress, rows]).toEqual(["committed", [{ recipient: "ada" }]]);
    expect(replica.takeTrace()).toEqual([
      ...["first-unconstrained", "replica", "write"],
      ...["first-primary", "primary", "primary"],
    ]);
    expect(database.bookmark()).toBeDefined();
  });

  it("finds the guard that another write made fail before the replica has it", async () => {
    await write(open("first-primary"), "ada");
    const database = open("first-unconstrained");
    expect(await inbox(database)).toEqual([]);
    const guards = [{ condition: sql`NOT ${marked}`, refusal: () => problem("precondition-failed") }];
    const refused = commit(database, { guards, statements: [mail(database, "bob")] });
    await expect(refused).rejects.toMatchObject({ type: "precondition-failed" });
  });

  it("gives no bookmark that is older than a write whose outcome is unknown", async () => {
    const database = open("first-primary");
    await inbox(database);
    replica.loseNextWrite();
    await expect(housekeep(database, [mail(database, "ada")])).rejects.toThrow("lost");
    expect(database.bookmark()).toBeUndefined();
  });

  it("reads from the primary if D1 refuses the bookmark, and does not repeat a write", async () => {
    const database = open("99999999-0000000a-lagging");
    expect(await inbox(database)).toEqual([]);
    expect(replica.takeTrace()).toEqual(["99999999-0000000a-lagging", "first-primary", "primary"]);
    const writer = open("99999999-0000000a-lagging");
    await expect(housekeep(writer, [mail(writer, "ada")])).rejects.toThrow("no such bookmark");
    expect(replica.takeTrace()).toEqual(["99999999-0000000a-lagging"]);
  });

  it.each(["first-primary", "first-unconstrained"])("does not repeat a read that began %s", async (start) => {
    const database = open(start);
    await expect(database.orm.all(sql`SELECT 1 FROM nowhere`)).rejects.toThrow();
    expect(database.usage.roundTrips).toBe(1);
  });
});

describe("the platform's own sessions", () => {
  it("give bookmarks that increase with each write, and begin at them", async () => {
    const first = open("first-unconstrained", env.DB);
    expect(first.bookmark()).toBeUndefined();
    await inbox(first);
    const before = first.bookmark() ?? "";
    await write(first, "ada");
    const after = first.bookmark() ?? "";
    expect(before).not.toBe("");
    expect(after > before).toBe(true);
    const next = open(after, env.DB);
    const [row] = await next.orm.select().from(mailbox).where(eq(mailbox.recipient, "ada"));
    expect(row).toBeDefined();
    expect((next.bookmark() ?? "") >= after).toBe(true);
  });
});
