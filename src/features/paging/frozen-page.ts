/**
 * Pages by number through a snapshot. The first request creates the snapshot and returns its token. A page of a
 * snapshot always has the same rows in the same order, even if the list changes.
 */
import { invalidParameter, problem } from "#core/http/problem.ts";
import type { Place } from "./cursor-page.ts";
import { type FrozenWindow, readSnapshotToken, SNAPSHOT_ROWS, writeSnapshotToken } from "./snapshot.ts";
import type { TokenScope } from "./token.ts";

export interface FrozenPageRequest<Selected> {
  /** Starts at 1. */
  readonly number: number;
  readonly snapshot: string | undefined;
  readonly limit: number;
  /** Its binding includes the principal. */
  readonly scope: TokenScope;
  newId(): string;
  /** `size` is the size of the whole snapshot; undefined if the snapshot does not exist. */
  select(window: FrozenWindow): Promise<Selected>;
}

/**
 * Selects one page and links it to its neighbours. All results of `select` except `size` are passed through.
 *
 * @throws invalid-parameter for a token of another list or a page beyond the maximum; snapshot-expired
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
  // Beyond the end, `prev` is the last page with rows.
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
    `A snapshot has at most ${SNAPSHOT_ROWS} items, and this page begins after the last of them.`,
  );
}
