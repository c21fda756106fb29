import { describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import { frozenPage } from "#features/paging/frozen-page.ts";
import { type FrozenWindow, SNAPSHOT_LIFETIME_MS } from "#features/paging/snapshot.ts";
import { signToken } from "#features/paging/token.ts";

const NOW = Date.UTC(2026, 0, 31, 12);
const scope = { secret: "a secret of at least 32 characters", binding: "list of ada", now: NOW };

async function page(number: number, options: { size?: number; limit?: number; snapshot?: string; now?: number } = {}) {
  const windows: FrozenWindow[] = [];
  const result = await frozenPage({
    number,
    snapshot: options.snapshot,
    limit: options.limit ?? 10,
    scope: { ...scope, now: options.now ?? NOW },
    newId: () => "snap_1",
    select: async (window) => {
      windows.push(window);
      return { rows: ["row"], size: "size" in options ? options.size : 25 };
    },
  });
  return { ...result, window: windows[0] };
}

async function refusal(promise: Promise<unknown>) {
  const thrown: unknown = await promise.catch((error: unknown) => error);
  if (!(thrown instanceof Problem)) throw new Error(`expected a problem, got ${String(thrown)}`);
  return { type: thrown.type, errors: thrown.errors };
}

describe("a page by number", () => {
  it("creates a snapshot once, and reads the same snapshot by its token", async () => {
    const first = await page(1);
    expect(first.window).toEqual({ id: "snap_1", isNew: true, offset: 0, limit: 10 });
    const third = await page(3, { snapshot: first.page.snapshot ?? "" });
    expect(third.window).toEqual({ id: "snap_1", isNew: false, offset: 20, limit: 10 });
    expect(third.page.snapshot).toBe(first.page.snapshot);
  });

  it.each([
    { number: 1, size: 0, prev: null, next: null },
    { number: 1, size: 10, prev: null, next: null },
    { number: 1, size: 11, prev: null, next: "2" },
    { number: 2, size: 25, prev: "1", next: "3" },
    { number: 3, size: 25, prev: "2", next: null },
    { number: 9, size: 25, prev: "3", next: null },
    { number: 9, size: 0, prev: "1", next: null },
  ])("links to its neighbours: %j", async ({ number, size, prev, next }) => {
    const answer = await page(number, { size });
    expect(answer.page).toMatchObject({ prev, next, has_more: next !== null, limit: 10 });
    const snapshot = answer.page.snapshot;
    expect(answer.links.first).toEqual({ page: "1", snapshot });
    expect(answer.links.prev).toEqual(prev === null ? undefined : { page: prev, snapshot });
    expect(answer.links.next).toEqual(next === null ? undefined : { page: next, snapshot });
  });

  it("reaches row 10,000 and no further", async () => {
    for (const [number, limit, offset] of [
      [100, 100, 9900],
      [10_000, 1, 9999],
      [1429, 7, 9996],
    ] as const) {
      expect((await page(number, { limit })).window?.offset).toBe(offset);
      const { type, errors } = await refusal(page(number + 1, { limit }));
      expect(type).toBe("invalid-parameter");
      expect(errors).toMatchObject([{ parameter: "page", detail: expect.stringContaining("10000") }]);
    }
  });

  it("is valid for 15 minutes, and not a millisecond longer", async () => {
    expect(SNAPSHOT_LIFETIME_MS).toBe(15 * 60 * 1000);
    const snapshot = (await page(1)).page.snapshot ?? "";
    await expect(page(2, { snapshot, now: NOW + SNAPSHOT_LIFETIME_MS - 1 })).resolves.toBeDefined();
    expect((await refusal(page(2, { snapshot, now: NOW + SNAPSHOT_LIFETIME_MS }))).type).toBe("snapshot-expired");
  });

  it("is invalid if another release signed its token with another payload", async () => {
    for (const payload of [1, null, ["snap_1"], { id: "snap_1" }]) {
      const snapshot = await signToken(scope, "snapshot", NOW + SNAPSHOT_LIFETIME_MS, payload);
      expect(await refusal(page(1, { snapshot }))).toMatchObject({
        type: "invalid-parameter",
        errors: [{ parameter: "snapshot", code: "invalid-snapshot" }],
      });
    }
  });

  it("is expired, not empty, if the database has deleted the snapshot", async () => {
    const snapshot = (await page(1)).page.snapshot ?? "";
    const gone = frozenPage({
      number: 1,
      snapshot,
      limit: 10,
      scope,
      newId: () => "snap_2",
      select: async () => ({ rows: [], size: undefined }),
    });
    expect((await refusal(gone)).type).toBe("snapshot-expired");
  });
});
