/** The two ways through a list: by cursor, and by number through a frozen view. A request is one or the other. */
import { invalidParameter } from "#core/http/problem.ts";

/** A list's parameters as they were parsed. */
export interface PagingParameters {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly page?: number | undefined;
  readonly snapshot?: string | undefined;
}

export type PagingMode =
  | { readonly kind: "cursor"; readonly cursor: string | undefined; readonly limit: number }
  | { readonly kind: "frozen"; readonly number: number; readonly snapshot: string | undefined; readonly limit: number };

/** @throws invalid-parameter where the two are mixed */
export function readPagingMode(query: PagingParameters, defaultLimit: number): PagingMode {
  const { cursor, page, snapshot, limit = defaultLimit } = query;
  if (page === undefined) {
    if (snapshot !== undefined) throw invalidParameter("snapshot", "mixed-paging", "A snapshot goes with `page`.");
    return { kind: "cursor", cursor, limit };
  }
  if (cursor !== undefined) throw invalidParameter("page", "mixed-paging", "`page` and `cursor` exclude each other.");
  return { kind: "frozen", number: page, snapshot, limit };
}
