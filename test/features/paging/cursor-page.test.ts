import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { readCursor } from "#features/paging/cursor.ts";
import { cursorPage, type Window } from "#features/paging/cursor-page.ts";
import type { SortTerm } from "#features/paging/sort.ts";

const scope = { secret: "a secret of at least 32 characters", binding: "numbers", now: 0 };
const ORDER: readonly SortTerm<number>[] = [{ column: sql`n`, direction: "asc", valueOf: (row) => row }];

const SEEN = { generation: 7, changedAt: 0 };

/** A list of numbers in ascending order that a test may change between two pages. */
async function page(numbers: readonly number[], limit: number, cursor?: string | null) {
  const position = cursor == null ? undefined : await readCursor(cursor, scope, ORDER.length);
  return cursorPage({
    position,
    limit,
    scope,
    order: ORDER,
    select: async (window) => ({ rows: select(numbers, window), generation: SEEN }),
  });
}

function select(numbers: readonly number[], { order, after, limit }: Window): number[] {
  const sign = order[0]?.direction === "desc" ? -1 : 1;
  const start = after === undefined ? Number.NEGATIVE_INFINITY : Number(after.key[0]) * sign;
  return numbers
    .filter((number) => number * sign > start || (after?.inclusive === true && number * sign === start))
    .sort((a, b) => (a - b) * sign)
    .slice(0, limit);
}

describe("a page by cursor", () => {
  it("has no neighbours if the whole list fits on it", async () => {
    for (const numbers of [[], [1], [1, 2]]) {
      const only = await page(numbers, 2);
      expect(only.rows).toEqual(numbers);
      expect(only.page).toEqual({ next: null, prev: null, has_more: false, limit: 2 });
      expect(only.links).toEqual({ first: { cursor: undefined } });
    }
  });

  it("links to the next and previous pages", async () => {
    const numbers = [1, 2, 3, 4, 5];
    const first = await page(numbers, 2);
    const second = await page(numbers, 2, first.page.next);
    const third = await page(numbers, 2, second.page.next);
    expect([first.rows, second.rows, third.rows]).toEqual([[1, 2], [3, 4], [5]]);
    expect(third.page).toMatchObject({ next: null, has_more: false });
    const back = await page(numbers, 2, third.page.prev);
    const start = await page(numbers, 2, back.page.prev);
    expect([back.rows, start.rows]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    expect(start.page).toMatchObject({ prev: null, has_more: true });
    expect((await page(numbers, 2, start.page.next)).rows).toEqual([3, 4]);
  });

  it("after the end links back to the last rows, including the last one", async () => {
    const first = await page([1, 2, 3], 2);
    const beyond = await page([1, 2], 2, first.page.next);
    expect(beyond.rows).toEqual([]);
    expect(beyond.page).toMatchObject({ next: null, has_more: false });
    expect((await page([1, 2], 2, beyond.page.prev)).rows).toEqual([1, 2]);
  });

  it("before the beginning links to the first rows, including the first one", async () => {
    const first = await page([1, 2, 3, 4], 2);
    const second = await page([1, 2, 3, 4], 2, first.page.next);
    const before = await page([3, 4], 2, second.page.prev);
    expect(before.rows).toEqual([]);
    expect(before.page).toMatchObject({ prev: null, has_more: true });
    const again = await page([3, 4], 2, before.page.next);
    expect(again.rows).toEqual([3, 4]);
    // A page of an empty list still links back, to rows that may be inserted before it.
    const nothing = await page([], 2, before.page.next);
    expect((await page([2], 2, nothing.page.prev)).rows).toEqual([2]);
  });

  it("contains the generation of its list in its cursors", async () => {
    const { next } = (await page([1, 2, 3], 2)).page;
    expect(await readCursor(next ?? "", scope, ORDER.length)).toMatchObject({ generation: 7 });
  });

  it("returns the other members of the selection", async () => {
    const { extra } = await cursorPage({
      position: undefined,
      limit: 1,
      scope,
      order: ORDER,
      select: async () => ({ rows: [1], generation: SEEN, extra: "kept" }),
    });
    expect(extra).toBe("kept");
  });
});
