/**
 * Pages by number through a frozen view. The first request freezes the list and gets the view's token; the same
 * page of the same view has the same rows in the same order, whatever happens to the list meanwhile.
 */
import { invalidParameter, problem } from "#core/http/problem.ts";
import type { Place } from "./cursor-page.ts";
import { type FrozenWindow, readSnapshotToken, SNAPSHOT_ROWS, writeSnapshotToken } from "./snapshot.ts";
import type { TokenScope } from "./token.ts";

export interface FrozenPageRequest<Selected> {
  /** From 1. */
  readonly number: number;
  readonly snapshot: string | undefined;
  readonly limit: number;
  /** Its binding names the principal. */
  readonly scope: TokenScope;
  newId(): string;
  /** `size` is the whole view's, undefined where there is no such snapshot. */
  select(window: FrozenWindow): Promise<Selected>;
}

/**
 * Selects one page and says where its neighbours are. What `select` gives besides the size is handed on.
 *
 * @throws invalid-parameter for a token that is not of this view, or a page beyond any view; snapshot-expired
 */
export async function frozenPage<Selected extends { readonly size: number | undefined }>(
  request: FrozenPageRequest<Selected>,
): Promise<Place & { readonly snapshotId: string } & Omit<Selected, "size">> {
  const { number, limit, scope } = request;
  const offset = (number - 1) * limit;
  if (offset >= SNAPSHOT_ROWS) throw tooFar();
  const isNew = request.snapshot === undefined;
  const id = request.snapshot === undefined ? request.newId() : await readSnapshotToken(request.snapshot, scope);
  const token = request.snapshot ?? (await writeSnapshotToken(id, scope));
  const { size, ...rest } = await request.select({ id, isNew, offset, limit });
  if (size === undefined) throw problem("snapshot-expired");
  const lastNumber = Math.max(1, Math.ceil(size / limit));
  const next = number < lastNumber ? String(number + 1) : null;
  // From beyond the end the way back is the last page that has rows.
  const prev = number > 1 ? String(Math.min(number - 1, lastNumber)) : null;
  return {
    ...rest,
    snapshotId: id,
    page: { next, prev, has_more: next !== null, limit, snapshot: token },
    links: {
      first: { page: "1", snapshot: token },
      ...(prev === null ? {} : { prev: { page: prev, snapshot: token } }),
      ...(next === null ? {} : { next: { page: next, snapshot: token } }),
    },
  };
}

function tooFar() {
  return invalidParameter(
    "page",
    "too-large",
    `A frozen view has at most ${SNAPSHOT_ROWS} items, and this page would begin behind them.`,
  );
}
