/**
 * Keyset pages. Each page begins strictly after the last row of the page before, even if rows are added or deleted. A
 * client that follows the cursors therefore gets every remaining row exactly once. A page without remaining rows still
 * has a link back.
 */
import type { Page, PageLink } from "#core/contract/answer.ts";
import type { Generation } from "#core/data/generation.ts";
import { type KeyBound, type OrderTerm, reversed } from "#core/data/keyset.ts";
import { type Position, writeCursor } from "./cursor.ts";
import type { SortTerm } from "./sort.ts";
import type { TokenScope } from "./token.ts";

/** The rows to select: at most `limit` rows after `after` in `order`. */
export interface Window {
  readonly order: readonly OrderTerm[];
  readonly after: KeyBound | undefined;
  readonly limit: number;
}

/** The position of a page in its list. */
export interface Place {
  readonly page: Page;
  readonly links: Readonly<Partial<Record<"first" | "next" | "prev", PageLink>>>;
}

/** The selected rows and the generation of their list. */
interface SelectedRows<Row> {
  readonly rows: readonly Row[];
  readonly generation: Generation;
}

export interface CursorPageRequest<Row, Selected extends SelectedRows<Row>> {
  /** Undefined for the first page. */
  readonly position: Position | undefined;
  readonly limit: number;
  readonly scope: TokenScope;
  /** A total order: no two rows have the same key. */
  readonly order: readonly SortTerm<Row>[];
  select(window: Window): Promise<Selected>;
  /**
   * The maximum bytes of a row in a response. Absent if a page of the maximum `limit` always fits into one response.
   */
  bytesOf?(row: Row): number;
}

/** The maximum bytes of a page's rows: a response of 1 MB less its envelope. */
const MAX_PAGE_BYTES = 950_000;

/** Selects one page and links it to its neighbours. All results of `select` except the rows are passed through. */
export async function cursorPage<Row, Selected extends SelectedRows<Row>>(
  request: CursorPageRequest<Row, Selected>,
): Promise<Place & { readonly rows: readonly Row[] } & Omit<Selected, "rows">> {
  const { position, limit, scope } = request;
  const backward = position?.direction === "prev";
  const order = backward ? reversed(request.order) : request.order;
  // The extra row tells whether more rows follow.
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

/** The first rows that fit into one response, at least one. A short page has a next page like any other. */
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

/** No rows remain on this side of the position. The row at the position belongs to the other side. */
function wayBack(position: Position | undefined) {
  if (position === undefined) return {};
  const { key, direction, inclusive } = position;
  return direction === "next"
    ? { prev: { key, direction: "prev" as const, inclusive: !inclusive } }
    : { next: { key, direction: "next" as const, inclusive: !inclusive } };
}
