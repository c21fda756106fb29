/** Stored effects on the real D1: at most one for each idempotency key, under any order of attempts. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { commit } from "#core/data/commit.ts";
import { openDatabase } from "#core/data/database.ts";
import {
  type Attempt,
  dropExpiredEffects,
  effectExtension,
  findEffect,
  settleFormerAttempts,
} from "#features/idempotency/effects.ts";
import { LIFE_MS } from "#features/idempotency/record.ts";
import { mailbox } from "#schema/mail.ts";

const NOW = 1_000_000;
const HASH = "a".repeat(64);

const attempt = (fence: number, now = NOW): Attempt => ({ recordHash: HASH, fence, now, expiresAt: now + LIFE_MS });
const settle = (...args: Parameters<typeof attempt>) => settleFormerAttempts(openDatabase(env.DB), attempt(...args));

/** Runs the batch of an attempt. Returns "committed", or the type of the refusal. */
async function act(made: Attempt, resourceId?: string): Promise<string> {
  const database = openDatabase(env.DB);
  let isOvertaken = false;
  database.extensions.push(
    effectExtension(database, made, {
      status: 201,
      resourceId: () => "the path's",
      onOvertaken: () => {
        isOvertaken = true;
      },
    }),
  );
  const sent = database.orm.insert(mailbox).values({ recipient: "x", subject: "", content: "", sentAt: 1 });
  const write = { guards: [], statements: [sent], ...(resourceId === undefined ? {} : { resourceId }) } as const;
  const outcome = await commit(database, write).then(
    () => "committed",
    (failure: Error) => failure.message,
  );
  expect(isOvertaken).toBe(outcome !== "committed");
  expect(database.usage.roundTrips).toBe(outcome === "committed" ? 1 : 2);
  return outcome;
}

const done = () => env.DB.prepare("SELECT count(*) AS n FROM mailbox").first<number>("n");
const rows = () => env.DB.prepare("SELECT count(*) AS n FROM idempotency_effects").first<number>("n");

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("DELETE FROM mailbox"), env.DB.prepare("DELETE FROM idempotency_effects")]);
});

describe("an effect", () => {
  it("is found after the commit, by the id that it created or acted on", async () => {
    const database = openDatabase(env.DB);
    expect(await findEffect(database, attempt(1))).toBeUndefined();
    expect(await act(attempt(1), "ord_1")).toBe("committed");
    expect(await findEffect(database, attempt(1))).toEqual({ status: 201, resourceId: "ord_1" });
    expect(await act({ ...attempt(1), recordHash: "b".repeat(64) })).toBe("committed");
    const other = await findEffect(database, { recordHash: "b".repeat(64), now: NOW });
    expect(other).toEqual({ status: 201, resourceId: "the path's" });
  });

  it.each([1, 7])("is unique for its key: a second one with fence %i is rolled back", async (fence) => {
    expect(await act(attempt(2))).toBe("committed");
    expect(await act(attempt(fence))).toBe("idempotency-in-progress");
    expect(await done()).toBe(1);
  });

  it("is created once by 20 parallel attempts", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => act(attempt(index + 1))));
    expect(outcomes.filter((outcome) => outcome === "committed")).toHaveLength(1);
    expect(await done()).toBe(1);
  });

  it("ends with its key, so a day later another is possible", async () => {
    await act(attempt(1));
    expect(await act(attempt(2, NOW + LIFE_MS - 1))).toBe("idempotency-in-progress");
    expect(await act(attempt(1, NOW + LIFE_MS))).toBe("committed");
    expect([await done(), await rows()]).toEqual([2, 1]);
  });

  it("is deleted after it expired", async () => {
    await act(attempt(1));
    const database = openDatabase(env.DB);
    await dropExpiredEffects(database, NOW + LIFE_MS - 1);
    expect(await rows()).toBe(1);
    await dropExpiredEffects(database, NOW + LIFE_MS);
    expect(await rows()).toBe(0);
  });
});

describe("a later attempt", () => {
  it("finds the effect of an earlier attempt in one round trip, and keeps it", async () => {
    await act(attempt(1), "ord_1");
    const database = openDatabase(env.DB);
    expect(await settleFormerAttempts(database, attempt(2))).toEqual({ status: 201, resourceId: "ord_1" });
    expect(database.usage.roundTrips).toBe(1);
    expect(await findEffect(database, attempt(1))).toEqual({ status: 201, resourceId: "ord_1" });
  });

  it("blocks earlier attempts if it finds no effect, but not itself or later ones", async () => {
    expect(await settle(2)).toBeUndefined();
    expect(await act(attempt(1))).toBe("idempotency-in-progress");
    expect(await done()).toBe(0);
    expect(await settle(3)).toBeUndefined();
    expect(await settle(2)).toBeUndefined();
    expect(await act(attempt(2))).toBe("idempotency-in-progress");
    expect(await act(attempt(3))).toBe("committed");
    expect(await done()).toBe(1);
  });

  it("is not blocked by an effect of the key's previous life", async () => {
    await settle(5);
    expect(await act(attempt(1, NOW + LIFE_MS))).toBe("committed");
    await act(attempt(1, NOW + 2 * LIFE_MS));
    expect(await settle(2, NOW + 3 * LIFE_MS)).toBeUndefined();
    expect(await act(attempt(1, NOW + 3 * LIFE_MS))).toBe("idempotency-in-progress");
  });
});
