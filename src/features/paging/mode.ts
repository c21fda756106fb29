/** The two paging modes: by cursor, and by number through a snapshot. A request uses one of them. */
import { invalidParameter } from "#core/http/problem.ts";

/** The parsed paging parameters of a list. */
export interface PagingParameters {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly page?: number | undefined;
  readonly snapshot?: string | undefined;
}

export type PagingMode =
  | { readonly kind: "cursor"; readonly cursor: string | undefined; readonly limit: number }
  | { readonly kind: "frozen"; readonly number: number; readonly snapshot: string | undefined; readonly limit: number };

/** @throws invalid-parameter if the modes are mixed */
export function readPagingMode(query: PagingParameters, defaultLimit: number): PagingMode {
  const { cursor, page, snapshot, limit = defaultLimit } = query;
  if (page === undefined) {
    if (snapshot !== undefined) throw invalidParameter("snapshot", "mixed-paging", "`snapshot` requires `page`.");
    return { kind: "cursor", cursor, limit };
  }
  if (cursor !== undefined) throw invalidParameter("page", "mixed-paging", "`page` and `cursor` cannot be combined.");
  return { kind: "frozen", number: page, snapshot, limit };
}
