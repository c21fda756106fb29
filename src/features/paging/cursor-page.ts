/**
 * Keyset pages: each lies strictly behind the last row of the one before, wherever rows come and go meanwhile, so
 * that a walk sees every row that stays exactly once. A page whose rows are all gone still knows the way back.
 */
import type { Page, PageLink } from "#core/contract/answer.ts";
import type { Generation } from "#core/data/generation.ts";
import { type KeyBound, type OrderTerm, reversed } from "#core/data/keyset.ts";
import { type Position, writeCursor } from "./cursor.ts";
import type { SortTerm } from "./sort.ts";
import type { TokenScope } from "./token.ts";

/** Which rows to select: at most `limit` of them, behind `after` in `order`. */
export interface Window {
  readonly order: readonly OrderTerm[];
  readonly after: KeyBound | undefined;
  readonly limit: number;
}

/** Where a page lies in its list. */
export interface Place {
  readonly page: Page;
  readonly links: Readonly<Partial<Record<"first" | "next" | "prev", PageLink>>>;
}

/** What is selected: the rows, and the generation of the list that they are of. */
interface SelectedRows<Row> {
  readonly rows: readonly Row[];
  readonly generation: Generation;
}

export interface CursorPageRequest<Row, Selected extends SelectedRows<Row>> {
  /** Undefined: the list's beginning. */
  readonly position: Position | undefined;
  readonly limit: number;
  readonly scope: TokenScope;
  /** Total: no two rows have the same key. */
  readonly order: readonly SortTerm<Row>[];
  select(window: Window): Promise<Selected>;
  /** The most bytes that a row can have in an answer. Absent: the largest page of `limit` rows fits into one. */
  bytesOf?(row: Row): number;
}

/** What the rows of a page may have together: an answer of 1 MB, less what stands around them. */
const MAX_PAGE_BYTES = 950_000;

/** Selects one page and says where its neighbours are. What `select` gives besides the rows is handed on. */
export async function cursorPage<Row, Selected extends SelectedRows<Row>>(
  request: CursorPageRequest<Row, Selected>,
): Promise<Place & { readonly rows: readonly Row[] } & Omit<Selected, "rows">> {
  const { position, limit, scope } = request;
  const backward = position?.direction === "prev";
  const order = backward ? reversed(request.order) : request.order;
  // One more than asked for tells whether the walk goes on.
  const { rows: found, ...rest } = await request.select({ order, after: position, limit: limit + 1 });
  const kept = fitting(found.slice(0, limit), request.bytesOf);
  const goesOn = found.length > kept.length;
  const rows = backward ? kept.reverse() : kept;
  const { generation } = rest.generation;
  const neighbours = neighboursOf(rows, goesOn, request);
  const [next, prev] = await Promise.all([written(neighbours.next), written(neighbours.prev)]);
  return {
    ...rest,
    rows,
    page: { next, prev, has_more: next !== null, limit },
    links: {
      first: { cursor: undefined },
      ...(prev === null ? {} : { prev: { cursor: prev } }),
      ...(next === null ? {} : { next: { cursor: next } }),
    },
  };

  async function written(place: Neighbour | undefined): Promise<string | null> {
    return place === undefined ? null : writeCursor({ ...place, generation }, scope);
  }
}

/** The first rows that fit into one answer, at least one. A page that ends before its limit goes on like any other. */
function fitting<Row>(rows: Row[], bytesOf: ((row: Row) => number) | undefined): Row[] {
  if (bytesOf === undefined) return rows;
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += bytesOf(row);
    return index > 0 && bytes > MAX_PAGE_BYTES;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

type Neighbour = Omit<Position, "generation">;

function neighboursOf<Row>(
  rows: readonly Row[],
  goesOn: boolean,
  request: Pick<CursorPageRequest<Row, SelectedRows<Row>>, "position" | "order">,
): { readonly next?: Neighbour | undefined; readonly prev?: Neighbour | undefined } {
  const { position, order } = request;
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return wayBack(position);
  const backward = position?.direction === "prev";
  return {
    next: backward || goesOn ? at(last, "next") : undefined,
    prev: backward ? (goesOn ? at(first, "prev") : undefined) : position && at(first, "prev"),
  };

  function at(row: Row, direction: Position["direction"]): Neighbour {
    return { direction, inclusive: false, key: order.map((term) => term.valueOf(row)) };
  }
}

/** All rows on this side of the position are gone. The row at it belongs to the other side. */
function wayBack(position: Position | undefined) {
  if (position === undefined) return {};
  const { key, direction, inclusive } = position;
  return direction === "next"
    ? { prev: { key, direction: "prev" as const, inclusive: !inclusive } }
    : { next: { key, direction: "next" as const, inclusive: !inclusive } };
}
