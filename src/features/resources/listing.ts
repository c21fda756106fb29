/**
 * The lists of all resources: cursor pages for everybody who may list, frozen pages for who may `snapshot`. A resource
 * says how its list is filtered, sorted and shown; how it is paged through, counted and validated stands here.
 */
import type { Facet, ListAnswer, Validator } from "#core/contract/answer.ts";
import type { Call, GenerationSource } from "#core/contract/endpoint.ts";
import { DEFAULT_LIMIT } from "#core/contract/parameters.ts";
import { principalKey } from "#core/contract/principal.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { type PageSelection, type Query, selectPage } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Generation, tokenOfGeneration } from "#core/data/generation.ts";
import { invalidParameter } from "#core/http/problem.ts";
import { requireAbility } from "#features/identity/authorize.ts";
import { cursorEpoch, type Position, readCursor } from "#features/paging/cursor.ts";
import { cursorPage, type Window } from "#features/paging/cursor-page.ts";
import { frozenPage } from "#features/paging/frozen-page.ts";
import { type PagingMode, type PagingParameters, readPagingMode } from "#features/paging/mode.ts";
import { type Freezable, selectFrozen } from "#features/paging/snapshot.ts";
import type { SortTerm } from "#features/paging/sort.ts";
import type { TokenScope } from "#features/paging/token.ts";

export type ListParameters = PagingParameters & { readonly facets?: string | undefined };
export type ListCall<Parameters extends ListParameters> = Call<unknown, Parameters, undefined>;

export interface FacetCount extends Facet {
  readonly facet: string;
}

/**
 * One resource's list. `List` is all that tells it from others of the resource: its filter and its order, and whose it
 * is where that matters. `Listed` are the rows of a cursor page, which may know more than those of the table.
 */
export interface ListDefinition<
  Parameters extends ListParameters,
  List,
  Facets extends string,
  Row,
  Listed extends Row,
> {
  readonly resource: Resource;
  /** What can be counted, in the order in which it is shown. */
  readonly facets: readonly Facets[];
  /** Whose generation the list is validated by: that of its collection, unless it is all of one owner. */
  generationOf?(list: List): string;
  /** Equal lists must be equal as JSON. @throws invalid-parameter */
  readList(call: ListCall<Parameters>): List;
  /** Total: no two rows have the same key. */
  orderOf(list: List): readonly SortTerm<Listed>[];
  /** The rows of one page, with `generationColumns` of what the list is validated by. */
  pageQuery(database: Database, list: List, window: Window): Query<Listed & Generation>;
  /** How many rows there are of each value of `facets`; undefined for no facet. */
  countQuery?(database: Database, list: List, facets: readonly Facets[]): Query<FacetCount> | undefined;
  /** Left out where there are no frozen views. */
  freezable?(list: List): Freezable<Row>;
  memberOf(row: Row): Members;
  /** The most bytes that a row can have in an answer. Left out where a page of 100 is always below 1 MB. */
  bytesOf?(row: Row): number;
}

/** A request as it was understood, without asking the database. */
interface ListRequest<List, Facets, Row> {
  readonly list: List;
  readonly facets: readonly Facets[];
  readonly scope: TokenScope;
  /** What the list is validated by, and what tells it from the same principal's list when that may see more or less. */
  readonly collection: string;
  readonly mark: string;
  readonly paging:
    | (Extract<PagingMode, { kind: "cursor" }> & { readonly position: Position | undefined })
    | (Extract<PagingMode, { kind: "frozen" }> & { readonly freezable: Freezable<Row> });
}

/**
 * The list's validator without the list, for the same requests: one that the list refuses is refused here too. A frozen
 * page has none of its own. A page of a walk is never validated by a generation from before the page that led to it.
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

/** @throws each problem that a list has */
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
  // Each request without a snapshot makes another view, whose token outlives the one before.
  const modifiedAt = paging.snapshot === undefined ? call.now : generation.changedAt;
  return {
    ...answerWith(rows, definition),
    page,
    links,
    validator: { token: `${tokenOfGeneration(generation)}.${snapshotId}`, modifiedAt },
    cache: { scope: "private", freshForSeconds: 0 },
  };
}

/** A walk goes on in the history that it began in: where a replica lags behind the page before, the primary is asked. */
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

/** Alternatives have no order and no number: a cursor is good for the same ones however they are written. */
export function alternatives(parameter: string | undefined): string[] | undefined {
  return parameter === undefined ? undefined : [...new Set(parameter.split(","))].sort();
}

/** All that can be said of the request without the database. @throws each problem that a list has */
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
  // Everything that makes it the same list. The limit may change along a walk, the facets may too.
  const binding = ["v1", collection, list];
  const request = {
    list,
    facets,
    collection: definition.generationOf?.(list) ?? collection,
    mark: definition.generationOf === undefined ? "" : `.${await digest(JSON.stringify(binding))}`,
  };
  if (mode.kind === "frozen") {
    if (facets.length > 0) throw invalidParameter("facets", "invalid", "A frozen view has no facets.");
    const freezable = definition.freezable?.(list);
    if (freezable === undefined) throw invalidParameter("page", "unknown", "This list has no frozen views.");
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
  throw invalidParameter("facets", "invalid", `There is no facet \`${unknown}\`. Allowed: ${allowed.join(", ")}.`);
}

function answerWith<Row>(
  rows: readonly Row[],
  { resource, memberOf }: { readonly resource: Resource; memberOf(row: Row): Members },
) {
  return { kind: "list", status: 200, resource, items: rows.map((row) => memberOf(row)) } as const;
}

/** A page is made of its rows and of cursors, and is kept no longer than these are good. */
async function validatorOf(generation: Generation, scope: TokenScope, mark: string): Promise<Validator> {
  const epoch = await cursorEpoch(scope);
  return {
    token: `${tokenOfGeneration(generation)}.${epoch.token}${mark}`,
    modifiedAt: Math.max(generation.changedAt, epoch.startsAt),
  };
}

/** 48 bits: enough to tell a principal's own lists apart. */
async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash, 0, 6).toBase64({ alphabet: "base64url", omitPadding: true });
}

function groupCounts(counts: readonly FacetCount[], names: readonly string[]): Record<string, readonly Facet[]> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      counts.filter(({ facet }) => facet === name).map(({ value, count }) => ({ value, count })),
    ]),
  );
}
