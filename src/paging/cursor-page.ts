/**
 * Keyset pages: each lies strictly behind the last row of the one before, wherever rows come and go meanwhile, so
 * that a walk sees every row that stays exactly once.
 */
import type { Page, PageLink } from "../contract/answer.ts";
import { type KeyValue, type OrderTerm, reversed } from "../data/keyset.ts";
import { type CursorScope, type Position, readCursor, writeCursor } from "./cursor.ts";

/** Which rows to select: at most `limit` of them, strictly behind `after` in `order`. */
export interface Window {
  readonly order: readonly OrderTerm[];
  readonly after: readonly KeyValue[] | undefined;
  readonly limit: number;
}

export interface CursorPage<Row> {
  readonly rows: readonly Row[];
  readonly page: Page;
  readonly links: Readonly<Partial<Record<"first" | "next" | "prev", PageLink>>>;
}

export interface CursorPageRequest<Row, Selected extends { readonly rows: readonly Row[] }> {
  readonly cursor: string | undefined;
  readonly limit: number;
  readonly scope: CursorScope;
  readonly order: readonly OrderTerm[];
  keyOf(row: Row): readonly KeyValue[];
  select(window: Window): Promise<Selected>;
}

/**
 * Selects one page and says where its neighbours are. What `select` gives besides the rows is handed on.
 *
 * @throws invalid-cursor, cursor-expired
 */
export async function cursorPage<Row, Selected extends { readonly rows: readonly Row[] }>(
  request: CursorPageRequest<Row, Selected>,
): Promise<CursorPage<Row> & Omit<Selected, "rows">> {
  const { limit, scope, keyOf } = request;
  const position = request.cursor === undefined ? undefined : await readCursor(request.cursor, scope);
  const backward = position?.direction === "prev";
  const order = backward ? reversed(request.order) : request.order;
  // One more than asked for tells whether the walk goes on.
  const { rows: found, ...rest } = await request.select({ order, after: position?.key, limit: limit + 1 });
  const kept = found.slice(0, limit);
  const rows = backward ? kept.reverse() : kept;
  const goesOn = found.length > limit;
  const hasNext = rows.length > 0 && (backward || goesOn);
  const hasPrev = rows.length > 0 && (backward ? goesOn : position !== undefined);
  const next = hasNext ? await cursorAt(rows.at(-1), "next") : null;
  const prev = hasPrev ? await cursorAt(rows[0], "prev") : null;
  return {
    ...rest,
    rows,
    page: { next, prev, has_more: hasNext, limit },
    links: {
      first: { cursor: undefined },
      ...(prev === null ? {} : { prev: { cursor: prev } }),
      ...(next === null ? {} : { next: { cursor: next } }),
    },
  };

  async function cursorAt(row: Row | undefined, direction: Position["direction"]): Promise<string | null> {
    return row === undefined ? null : writeCursor({ key: keyOf(row), direction }, scope);
  }
}
