/** Loads the resources that `include` embeds from their tables, in one batch. */
import type { Related, Wanted } from "#core/contract/endpoint.ts";
import type { Members } from "#core/contract/resource.ts";
import { type CollectionTable, type Query, rowsOf } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Representation, relatedOf, type StoredRow } from "./versioned.ts";

/** Loads the resources of one collection. */
export interface RelatedSource {
  readonly collection: string;
  query(database: Database, ids: readonly string[]): Query<StoredRow>;
  show(row: StoredRow): Related;
}

export function relatedSource<Row extends StoredRow, Shown extends Members>(
  table: CollectionTable<Row>,
  representation: Representation<NoInfer<Row>, Shown>,
): RelatedSource {
  return {
    collection: representation.resource.collection,
    query: (database, ids) => rowsOf(database, table, ids),
    show: (row) => relatedOf(representation, row as Row), // `query` returns only rows of that table
  };
}

/**
 * The existing resources for each of `wanted`, by id, in one round trip.
 *
 * @throws RangeError for a relation to a collection without a source
 */
export async function loadRelated(
  database: Database,
  sources: readonly RelatedSource[],
  wanted: readonly Wanted[],
): Promise<readonly ReadonlyMap<string, Related>[]> {
  const asked = wanted.map(({ relation, ids }) => {
    const { collection } = relation.resource;
    const source = sources.find((candidate) => candidate.collection === collection);
    if (source === undefined) throw new RangeError(`no source of related ${collection}`);
    return { source, query: source.query(database, ids) };
  });
  const [first, ...rest] = asked.map(({ query }) => query);
  if (first === undefined) return [];
  const found = await database.orm.batch([first, ...rest]);
  return asked.map(({ source }, index) => new Map((found[index] ?? []).map((row) => [row.id, source.show(row)])));
}
