import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { type KeyContext, rememberSigningKeys, rotate, usableKeys } from "#features/identity/keys/keys.ts";
import { openPrivateKey } from "#features/identity/keys/signing-key.ts";
import { brokenDatabase } from "../../../support/broken-database.ts";

const START = Date.UTC(2026, 0, 31, 12);
const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECRET = "the secret of the deployment, 32+";

const at = (now: number, secret = SECRET): KeyContext => ({
  now,
  settings: { secret },
  database: openDatabase(env.DB),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
});

interface Row {
  readonly kid: string;
  readonly state: string;
  readonly private_key: string;
}
const rows = async (): Promise<Row[]> =>
  (await env.DB.prepare("SELECT * FROM signing_keys ORDER BY state, created_at DESC").all<Row>()).results;
const states = async () => (await rows()).map(({ state }) => state);
const kidOf = async (state: string) => (await rows()).find((row) => row.state === state)?.kid;

beforeEach(async () => {
  await env.DB.prepare("DELETE FROM signing_keys").run();
});

describe("the signing keys", () => {
  it("are created at first use: one current key and one next key", async () => {
    const { current, published } = await rememberSigningKeys().usable(at(START));
    expect(await states()).toEqual(["current", "next"]);
    expect(published.map(({ kid }) => kid)).toEqual((await rows()).map(({ kid }) => kid));
    expect(current.kid).toBe(await kidOf("current"));
    expect(JSON.stringify(published)).not.toContain('"d"');
  });

  it("are stored encrypted under the deployment's secret", async () => {
    const { current } = await rememberSigningKeys().usable(at(START));
    for (const { private_key: sealed, kid } of await rows()) {
      expect(sealed).not.toContain(current.d);
      expect((await openPrivateKey(sealed, kid, SECRET))?.kid).toBe(kid);
    }
    expect(new Set((await rows()).map((row) => row.private_key.slice(0, 16))).size).toBe(2);
  });

  it("are the same for isolates that create them in parallel", async () => {
    const isolates = Array.from({ length: 8 }, rememberSigningKeys);
    const found = await Promise.all(isolates.map((keys) => keys.usable(at(START))));
    expect(new Set(found.map(({ current }) => current.kid)).size).toBe(1);
    expect(await states()).toEqual(["current", "next"]);
    const requests = await Promise.all([1, 2, 3].map(() => usableKeys(at(START) as Parameters<typeof usableKeys>[0]))); // the function reads only these members
    expect(new Set(requests.map(({ current }) => current.kid)).size).toBe(1);
  });

  it("are read from the database once a minute", async () => {
    const keys = rememberSigningKeys();
    const cost = async (now: number) => {
      const context = at(now);
      await keys.usable(context);
      await keys.published(context);
      return context.database.usage.roundTrips;
    };
    await cost(START);
    expect(await cost(START + 59_999)).toBe(0);
    expect(await cost(START + 60_000)).toBe(1);
    expect(await cost(START + 60_001)).toBe(0);
  });

  it("fail if the database cannot be read", async () => {
    const context = { ...at(START), database: openDatabase(brokenDatabase("down")) };
    await expect(rememberSigningKeys().usable(context)).rejects.toThrow();
    await expect(rememberSigningKeys().published(context)).rejects.toThrow();
  });
});

describe("the key set for verification", () => {
  it("creates no keys", async () => {
    expect(await rememberSigningKeys().published(at(START))).toEqual({ keys: [] });
    expect(await states()).toEqual([]);
  });

  it("is read again for an unknown key, at most once a second", async () => {
    const keys = rememberSigningKeys();
    await keys.published(at(START));
    const { current } = await rememberSigningKeys().usable(at(START));
    const look = async (now: number, kid: string) => {
      const context = at(now);
      const { keys: found } = await keys.published(context, kid);
      return [found.some((key) => key.kid === kid), context.database.usage.roundTrips];
    };
    expect(await look(START + SECOND - 1, current.kid)).toEqual([false, 0]);
    expect(await look(START + SECOND, current.kid)).toEqual([true, 1]);
    for (const now of [0, 1, 500, 999]) expect(await look(START + SECOND + now, "nobody")).toEqual([false, 0]);
    expect(await look(START + 2 * SECOND, "nobody")).toEqual([false, 1]);
    expect(await look(START + 2 * SECOND, current.kid)).toEqual([true, 0]);
  });

  it("is the same object while the published keys are the same, so that keys are imported once", async () => {
    const keys = rememberSigningKeys();
    await keys.usable(at(START));
    const before = await keys.published(at(START));
    expect(await keys.published(at(START + 60_000))).toBe(before);
    await rotate(at(START + 60_000), { force: true });
    expect(await keys.published(at(START + 120_000))).not.toBe(before);
  });
});

describe("rotation", () => {
  it("happens after 30 days: the next key signs, and the old key verifies for a day", async () => {
    const keys = rememberSigningKeys();
    const before = await keys.usable(at(START));
    const announced = await kidOf("next");
    expect(await rotate(at(START + 30 * DAY - 1))).toBe("unchanged");
    const rotated = START + 30 * DAY;
    expect(await rotate(at(rotated))).toBe("rotated");
    expect(await states()).toEqual(["current", "next", "previous"]);
    expect(await kidOf("current")).toBe(announced);
    expect(await kidOf("previous")).toBe(before.current.kid);
    const after = await keys.usable(at(rotated));
    expect(after.current.kid).toBe(announced);
    expect(after.published.map(({ kid }) => kid)).toContain(before.current.kid);

    const published = async (now: number) =>
      (await rememberSigningKeys().published(at(now))).keys.map(({ kid }) => kid);
    expect(await published(rotated + DAY - 1)).toContain(before.current.kid);
    expect(await published(rotated + DAY)).not.toContain(before.current.kid);
    expect(await rotate(at(rotated + DAY - 1))).toBe("unchanged");
    expect(await states()).toEqual(["current", "next", "previous"]);
    expect(await rotate(at(rotated + DAY))).toBe("unchanged");
    expect(await states()).toEqual(["current", "next"]);
  });

  it("by an admin happens immediately", async () => {
    await rememberSigningKeys().usable(at(START));
    const announced = await kidOf("next");
    expect(await rotate(at(START + 1), { force: true })).toBe("rotated");
    expect(await kidOf("current")).toBe(announced);
    expect(await rotate(at(START + 2))).toBe("unchanged");
  });

  it("creates keys if there are none", async () => {
    expect(await rotate(at(START))).toBe("renewed");
    expect(await states()).toEqual(["current", "next"]);
    expect(await rotate(at(START))).toBe("unchanged");
  });

  it("happens once if several run in parallel", async () => {
    await rememberSigningKeys().usable(at(START));
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => rotate(at(START + 31 * DAY))));
    expect(outcomes.toSorted()).toEqual(["rotated", "unchanged", "unchanged", "unchanged"]);
    expect(await states()).toEqual(["current", "next", "previous"]);
  });

  it("reaches other isolates within a minute, and their tokens verify meanwhile", async () => {
    const [here, there] = [rememberSigningKeys(), rememberSigningKeys()];
    await here.usable(at(START));
    const old = await there.usable(at(START + 31 * DAY));
    await rotate(at(START + 31 * DAY));
    const still = await there.usable(at(START + 31 * DAY + 59_999));
    expect(still.current.kid).toBe(old.current.kid);
    const set = await here.published(at(START + 31 * DAY + 59_999), still.current.kid);
    expect(set.keys.map(({ kid }) => kid)).toContain(still.current.kid);
    expect((await there.usable(at(START + 31 * DAY + 60_000))).current.kid).not.toBe(old.current.kid);
  });
});

describe("a changed secret", () => {
  const OTHER = "another secret of the deployment, 32+";

  it("creates new keys, and the old keys verify for a day", async () => {
    const before = await rememberSigningKeys().usable(at(START));
    const keys = rememberSigningKeys();
    const after = await keys.usable(at(START + HOUR, OTHER));
    expect(after.current.kid).not.toBe(before.current.kid);
    expect(await states()).toEqual(["current", "next", "previous", "previous"]);
    const kids = (set: { readonly keys: readonly { readonly kid: string }[] }) => set.keys.map(({ kid }) => kid);
    expect(kids(await rememberSigningKeys().published(at(START + HOUR)))).toContain(before.current.kid);
    expect(kids(await rememberSigningKeys().published(at(START + 25 * HOUR)))).toEqual(
      (await rows()).slice(0, 2).map(({ kid }) => kid),
    );
    expect(await rotate(at(START + 25 * HOUR, OTHER))).toBe("unchanged");
    expect(await states()).toEqual(["current", "next"]);
  });

  it("stops an isolate from signing with the old key", async () => {
    const keys = rememberSigningKeys();
    const before = await keys.usable(at(START));
    expect((await keys.usable(at(START + 1, OTHER))).current.kid).not.toBe(before.current.kid);
  });

  it("leads to one new key in parallel isolates", async () => {
    await rememberSigningKeys().usable(at(START));
    const isolates = Array.from({ length: 6 }, rememberSigningKeys);
    const found = await Promise.all(isolates.map((keys) => keys.usable(at(START + 1, OTHER))));
    expect(new Set(found.map(({ current }) => current.kid)).size).toBe(1);
    expect((await states()).length).toBe(4);
  });

  it("is noticed by the scheduled rotation", async () => {
    await rememberSigningKeys().usable(at(START));
    expect(await rotate(at(START + HOUR, OTHER))).toBe("renewed");
    expect(await rotate(at(START + HOUR, OTHER))).toBe("unchanged");
  });
});
