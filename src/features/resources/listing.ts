/**
 * Lists of resources: cursor pages for all callers, and snapshot pages for callers with the ability `snapshot`. A
 * resource declares its filters, order and representation. This module implements paging, facets and validators.
 */
import type { Facet, ListAnswer, Validator } from "#core/contract/answer.ts";
import type { Call, GenerationSource } from "#core/contract/endpoint.ts";
import { DEFAULT_LIMIT } from "#core/contract/parameters.ts";
import { principalKey } from "#core/contract/principal.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { type PageSelection, type Query, selectPage } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Generation, tokenOfGeneration } from "#core/data/generation.ts";
import { digestOf } from "#core/http/base64url.ts";
import { invalidParameter } from "#core/http/problem.ts";
import { requireAbility } from "#features/identity/authorize.ts";
import { cursorEpoch, type Position, readCursor } from "#features/paging/cursor.ts";
import { cursorPage, type Window } from "#features/paging/cursor-page.ts";
import { frozenPage } from "#features/paging/frozen-page.ts";
import { type PagingMode, type PagingParameters, readPagingMode } from "#features/paging/mode.ts";
import { type Freezable, selectFrozen } from "#features/paging/snapshot.ts";
import type { SortTerm } from "#features/paging/sort.ts";
import type { TokenScope } from "#features/paging/token.ts";

/** 48 bits, enough to distinguish the lists of one principal. */
const MARK_BYTES = 6;

export type ListParameters = PagingParameters & { readonly facets?: string | undefined };
export type ListCall<Parameters extends ListParameters> = Call<unknown, Parameters, undefined>;

export interface FacetCount extends Facet {
  readonly facet: string;
}

/**
 * Declares the list of a resource. `List` identifies one list: its filter, its order, and its owner if it depends on
 * one. `Listed` is a row of a cursor page, which can have more columns than the table.
 */
export interface ListDefinition<
  Parameters extends ListParameters,
  List,
  Facets extends string,
  Row,
  Listed extends Row,
> {
  readonly resource: Resource;
  /** The facets, in the order of the response. */
  readonly facets: readonly Facets[];
  /** The generation that validates the list: by default the collection's, or the owner's if all rows have one owner. */
  generationOf?(list: List): string;
  /** Equal lists must have equal JSON. @throws invalid-parameter */
  readList(call: ListCall<Parameters>): List;
  /** A total order: no two rows have the same key. */
  orderOf(list: List): readonly SortTerm<Listed>[];
  /** The rows of one page, with `generationColumns` of the generation that validates the list. */
  pageQuery(database: Database, list: List, window: Window): Query<Listed & Generation>;
  /** The number of rows per value of `facets`; undefined without facets. */
  countQuery?(database: Database, list: List, facets: readonly Facets[]): Query<FacetCount> | undefined;
  /** Absent if the list has no snapshots. */
  freezable?(list: List): Freezable<Row>;
  memberOf(row: Row): Members;
  /** The maximum bytes of a row in a response. Absent if a page of 100 is always below 1 MB. */
  bytesOf?(row: Row): number;
}

/** A parsed list request, before any query. */
interface ListRequest<List, Facets, Row> {
  readonly list: List;
  readonly facets: readonly Facets[];
  readonly scope: TokenScope;
  /**
   * The generation that validates the list, and a mark that distinguishes lists of the same principal with different
   * rights.
   */
  readonly collection: string;
  readonly mark: string;
  readonly paging:
    | (Extract<PagingMode, { kind: "cursor" }> & { readonly position: Position | undefined })
    | (Extract<PagingMode, { kind: "frozen" }> & { readonly freezable: Freezable<Row> });
}

/**
 * The validator of the list without its rows. It rejects the same requests as the list. A snapshot page has no
 * validator here. A later page is never validated by a generation older than that of the page before.
 */
export async function listValidator<P extends ListParameters, List, F extends string, Row, Listed extends Row>(
  call: ListCall<P>,
  definition: ListDefinition<P, List, F, Row, Listed>,
  generationOf: GenerationSource,
): Promise<Validator | null> {
  const { paging, scope, collection, mark } = await readRequest(call, definition);
  if (paging.kind === "frozen") return null;
  return validatorOf(await generationOf(collection, paging.position?.generation), scope, mark);
}

/** The list response. @throws every problem of the list */
export async function listAnswer<P extends ListParameters, List, F extends string, Row, Listed extends Row>(
  call: ListCall<P>,
  definition: ListDefinition<P, List, F, Row, Listed>,
): Promise<ListAnswer> {
  const { list, facets, scope, paging, collection, mark } = await readRequest(call, definition);
  if (paging.kind === "cursor") {
    const { rows, page, links, counts, generation } = await cursorPage({
      ...paging,
      scope,
      order: definition.orderOf(list),
      ...(definition.bytesOf === undefined ? {} : { bytesOf: definition.bytesOf }),
      select: (window) =>
        notBefore(paging.position?.generation, call.database, () =>
          selectPage(
            call.database,
            collection,
            definition.pageQuery(call.database, list, window),
            definition.countQuery?.(call.database, list, facets),
          ),
        ),
    });
    return {
      ...answerWith(rows, definition),
      page,
      links,
      validator: await validatorOf(generation, scope, mark),
      ...(definition.generationOf === undefined ? { generation } : {}),
      ...(facets.length === 0 ? {} : { facets: groupCounts(counts, facets) }),
    };
  }
  const { rows, page, links, generation, snapshotId } = await frozenPage({
    ...paging,
    scope,
    newId: () => call.newId("snap"),
    select: (window) => selectFrozen(call.database, collection, paging.freezable, window, call.now),
  });
  // Each request without a snapshot creates a new one, whose token expires later than the one before.
  const modifiedAt = paging.snapshot === undefined ? call.now : generation.changedAt;
  return {
    ...answerWith(rows, definition),
    page,
    links,
    validator: { token: `${tokenOfGeneration(generation)}.${snapshotId}`, modifiedAt },
    cache: { scope: "private", freshForSeconds: 0 },
  };
}

/** A page must not be older than the page before it: if a replica is, the primary is read. */
async function notBefore<Row, Count>(
  generation: number | undefined,
  database: Database,
  select: () => Promise<PageSelection<Row, Count>>,
): Promise<PageSelection<Row, Count>> {
  const selected = await select();
  if (generation === undefined || selected.generation.generation >= generation) return selected;
  database.readPrimary();
  return select();
}

/** Reads alternatives as a sorted set, so that a cursor is valid for the same ones in any spelling. */
export function alternatives(parameter: string): string[] {
  return [...new Set(parameter.split(","))].sort();
}

/** Parses the request without querying the database. @throws every problem of the list */
async function readRequest<P extends ListParameters, List, F extends string, Row, Listed extends Row>(
  call: ListCall<P>,
  definition: ListDefinition<P, List, F, Row, Listed>,
): Promise<ListRequest<List, F, Row>> {
  const { query, settings, now } = call;
  const { collection } = definition.resource;
  if (query.page !== undefined) requireAbility(call, "snapshot", collection);
  const mode = readPagingMode(query, DEFAULT_LIMIT);
  const list = definition.readList(call);
  const facets = readFacets(query.facets, definition.facets);
  // Everything that identifies the list. The limit and the facets may change from page to page.
  const binding = ["v1", collection, list];
  const request = {
    list,
    facets,
    collection: definition.generationOf?.(list) ?? collection,
    mark: definition.generationOf === undefined ? "" : `.${await digestOf(JSON.stringify(binding), MARK_BYTES)}`,
  };
  if (mode.kind === "frozen") {
    if (facets.length > 0)
      throw invalidParameter("facets", "invalid", "A snapshot does not support facets. Omit `facets` or `page`.");
    const freezable = definition.freezable?.(list);
    if (freezable === undefined)
      throw invalidParameter("page", "unknown", "This list does not support paging by number. Use `cursor`.");
    const personal = JSON.stringify([...binding, principalKey(call.principal)]);
    const scope = { secret: settings.secret, binding: personal, now };
    return { ...request, scope, paging: { ...mode, freezable } };
  }
  const scope = { secret: settings.secret, binding: JSON.stringify(binding), now };
  const terms = definition.orderOf(list).length;
  const position = mode.cursor === undefined ? undefined : await readCursor(mode.cursor, scope, terms);
  return { ...request, scope, paging: { ...mode, position } };
}

function readFacets<F extends string>(parameter: string | undefined, allowed: readonly F[]): F[] {
  const names = parameter?.split(",") ?? [];
  const unknown = names.find((name) => !allowed.some((facet) => facet === name));
  if (unknown === undefined) return allowed.filter((facet) => names.includes(facet));
  throw invalidParameter(
    "facets",
    "invalid",
    `The facet \`${unknown}\` does not exist. Allowed: ${allowed.join(", ")}.`,
  );
}

function answerWith<Row>(
  rows: readonly Row[],
  { resource, memberOf }: { readonly resource: Resource; memberOf(row: Row): Members },
) {
  return { kind: "list", status: 200, resource, items: rows.map((row) => memberOf(row)) } as const;
}

/** The validator of a page covers its rows and its cursors, so a page is not reused after its cursors expire. */
async function validatorOf(generation: Generation, scope: TokenScope, mark: string): Promise<Validator> {
  const epoch = await cursorEpoch(scope);
  return {
    token: `${tokenOfGeneration(generation)}.${epoch.token}${mark}`,
    modifiedAt: Math.max(generation.changedAt, epoch.startsAt),
  };
}

function groupCounts(counts: readonly FacetCount[], names: readonly string[]): Record<string, readonly Facet[]> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      counts.filter(({ facet }) => facet === name).map(({ value, count }) => ({ value, count })),
    ]),
  );
}
