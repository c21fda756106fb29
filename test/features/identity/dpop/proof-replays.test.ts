import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const NOW = Date.UTC(2026, 0, 31, 12);
const LATER = NOW + 120_000;

const objectOf = (jkt: string) => env.PROOF_REPLAYS.getByName(jkt);
const countIn = (jkt: string) =>
  runInDurableObject(objectOf(jkt), (_, { storage }) => {
    const [row] = storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM proofs").toArray();
    return row?.count;
  });

describe("a proof", () => {
  it("J09 is accepted once for each key", async () => {
    expect(await objectOf("key-1").use("jti", LATER, NOW)).toBe(true);
    expect(await objectOf("key-1").use("jti", LATER, NOW)).toBe(false);
    expect(await objectOf("key-1").use("JTI", LATER, NOW)).toBe(true);
    expect(await objectOf("key-2").use("jti", LATER, NOW)).toBe(true);
    expect(await objectOf("key-2").use("jti", LATER, LATER - 1)).toBe(false);
  });

  it("J09 is accepted once of a hundred parallel uses", async () => {
    const uses = await Promise.all(Array.from({ length: 100 }, () => objectOf("many").use("jti", LATER, NOW)));
    expect(uses.filter((isFirst) => isFirst).length).toBe(1);
  });

  it("is accepted once for any characters in its jti", async () => {
    for (const jti of ["'; DROP TABLE proofs; --", "\u0000", "💥", "x".repeat(255)]) {
      expect(await objectOf("names").use(jti, LATER, NOW)).toBe(true);
      expect(await objectOf("names").use(jti, LATER, NOW)).toBe(false);
    }
  });
});

describe("the stored proofs", () => {
  it("are deleted when a proof of that age is no longer accepted", async () => {
    await objectOf("old").use("a", LATER, NOW);
    await objectOf("old").use("b", LATER + 1, NOW);
    expect(await countIn("old")).toBe(2);
    await objectOf("old").use("c", LATER + 60_000, LATER);
    expect(await countIn("old")).toBe(2);
  });

  it("survive the eviction of the object", async () => {
    await objectOf("evicted").use("jti", LATER, NOW);
    await evictDurableObject(objectOf("evicted"));
    expect(await objectOf("evicted").use("jti", LATER, NOW)).toBe(false);
  });

  it("are deleted by the alarm when the key is idle, and the object works afterwards", async () => {
    await objectOf("quiet").use("jti", LATER, NOW);
    const due = await runInDurableObject(objectOf("quiet"), (_, { storage }) => storage.getAlarm());
    expect(due).toBeGreaterThan(0);
    expect(await runDurableObjectAlarm(objectOf("quiet"))).toBe(true);
    const tables = await runInDurableObject(objectOf("quiet"), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'proofs%'").toArray(),
    );
    expect(tables).toEqual([]);
    expect(await objectOf("quiet").use("jti", LATER, NOW)).toBe(true);
  });

  it("do not move the alarm with every use", async () => {
    const alarm = () => runInDurableObject(objectOf("alarm"), (_, { storage }) => storage.getAlarm());
    await objectOf("alarm").use("a", LATER, NOW);
    const due = await alarm();
    await objectOf("alarm").use("b", LATER, NOW);
    expect(await alarm()).toBe(due);
  });
});
