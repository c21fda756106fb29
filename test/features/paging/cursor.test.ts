import { describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import { cursorEpoch, type Position, readCursor, writeCursor } from "#features/paging/cursor.ts";
import { writeSnapshotToken } from "#features/paging/snapshot.ts";
import { signToken, type TokenScope } from "#features/paging/token.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const scope: TokenScope = { secret: "a secret of at least 32 characters", binding: "list", now: NOW };

async function refusal(cursor: string, reader: TokenScope, terms = 2): Promise<string> {
  const thrown: unknown = await readCursor(cursor, reader, terms).catch((error: unknown) => error);
  if (!(thrown instanceof Problem)) throw new Error(`expected a problem, got ${String(thrown)}`);
  return thrown.type;
}

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 0, 31);

describe("a cursor", () => {
  it.each<Position>([
    { key: [1_769_860_800_001, "prod_1"], direction: "next", inclusive: false, generation: 3 },
    { key: [0, "", "prod_1"], direction: "prev", inclusive: true, generation: 3 },
    { key: ['\u0000"\\\u{1F3A7} ünï', -1.5, "prod_1"], direction: "next", inclusive: true, generation: 3 },
    { key: [Number.MAX_SAFE_INTEGER, "prod_1"], direction: "prev", inclusive: false, generation: 3 },
  ])("returns its exact position: %j", async (position) => {
    expect(await readCursor(await writeCursor(position, scope), scope, position.key.length)).toEqual(position);
  });

  it("is valid to the end of the third day after its creation", async () => {
    const cursor = await writeCursor({ key: [1, "a"], direction: "next", inclusive: false, generation: 3 }, scope);
    const end = MIDNIGHT + 4 * DAY_MS;
    expect(end - NOW).toBeGreaterThan(3 * DAY_MS);
    await expect(readCursor(cursor, { ...scope, now: end - 1 }, 2)).resolves.toBeDefined();
    expect(await refusal(cursor, { ...scope, now: end })).toBe("cursor-expired");
  });

  it("is the same all day, and differs the next day", async () => {
    const position = { key: [1, "a"], direction: "next", inclusive: false, generation: 3 } as const;
    const made = (now: number) => writeCursor(position, { ...scope, now });
    expect(await made(MIDNIGHT)).toBe(await made(MIDNIGHT + DAY_MS - 1));
    expect(await made(MIDNIGHT)).not.toBe(await made(MIDNIGHT + DAY_MS));
  });

  it("depends on an epoch, which changes if equal positions get other cursors", async () => {
    const epoch = await cursorEpoch(scope);
    expect(epoch.startsAt).toBe(MIDNIGHT);
    expect(epoch.token).toMatch(/^[\w-]+$/);
    for (const now of [MIDNIGHT, MIDNIGHT + DAY_MS - 1]) expect(await cursorEpoch({ ...scope, now })).toEqual(epoch);
    const others = [
      await cursorEpoch({ ...scope, now: MIDNIGHT - 1 }),
      await cursorEpoch({ ...scope, now: MIDNIGHT + DAY_MS }),
      await cursorEpoch({ ...scope, secret: "another secret of 32 characters!" }),
    ];
    expect(new Set([epoch.token, ...others.map((other) => other.token)]).size).toBe(4);
    expect(others.map((other) => other.startsAt - MIDNIGHT)).toEqual([-DAY_MS, DAY_MS, 0]);
  });

  it.each<[string, unknown]>([
    ["fewer values than the sort order has keys", ["next", false, [1], 3]],
    ["more values than the sort order has keys", ["next", false, [1, "a", "b"], 3]],
    ["no values", ["next", false, [], 3]],
    ["a value of another type", ["next", false, [1, null], 3]],
    ["another direction", ["up", false, [1, "a"], 3]],
    ["an additional member", ["next", false, [1, "a"], 3, 1]],
    ["a missing member", ["next", false, [1, "a"]]],
    ["an object", { direction: "next", inclusive: false, key: [1, "a"] }],
    ["nothing", null],
  ])("is invalid if another release signed it with %s", async (_, payload) => {
    const signed = (content: unknown) => signToken(scope, "cursor", NOW + DAY_MS, content);
    expect(await refusal(await signed(payload), scope)).toBe("invalid-cursor");
    await expect(readCursor(await signed(["next", false, [1, "a"], 3]), scope, 2)).resolves.toBeDefined();
  });

  it("is invalid, not expired, if it belongs to another list", async () => {
    const cursor = await writeCursor({ key: [1, "a"], direction: "next", inclusive: false, generation: 3 }, scope);
    const late = { ...scope, now: NOW + 5 * DAY_MS };
    expect(await refusal(cursor, { ...late, binding: "another" })).toBe("invalid-cursor");
  });

  it("is not accepted if it is a snapshot token", async () => {
    expect(await refusal(await writeSnapshotToken("snap_1", scope), scope)).toBe("invalid-cursor");
  });

  it("fits into its parameter with the longest possible key", async () => {
    const key = ["\u{1F3A7}".repeat(200), 9_999_999_999_999, 100_000_000, "prod_01hk2nvj80e8ev3rx1q7t4d6zz"];
    expect((await writeCursor({ key, direction: "next", inclusive: false, generation: 3 }, scope)).length).toBeLessThan(
      2048,
    );
  });
});
