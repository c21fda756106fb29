/** `sort=-created_at,price`: keys in order of weight, a minus for descending, made a total order. */
import type { KeyValue, OrderTerm } from "#core/data/keyset.ts";
import { invalidParameter } from "#core/http/problem.ts";

export interface SortKey<Name extends string> {
  readonly name: Name;
  readonly direction: "asc" | "desc";
}

/** What a list can be sorted by: where the database has it, and where a row has it. Never null. */
export interface Sortable<Row> {
  readonly column: OrderTerm["column"];
  valueOf(row: Row): KeyValue;
}

/** One term of an order, in SQL and in a row. */
export type SortTerm<Row> = OrderTerm & Sortable<Row>;

/** A key that stands again orders nothing any more, and is left out. @throws invalid-parameter for one that does not exist */
export function readSort<Name extends string>(parameter: string, allowed: readonly Name[]): SortKey<Name>[] {
  const keys = parameter.split(",").map((part): SortKey<Name> => {
    const bare = part.replace(/^-/, "");
    const name = allowed.find((candidate) => candidate === bare);
    if (name === undefined) throw unknownKey(bare, allowed);
    return { name, direction: part.startsWith("-") ? "desc" : "asc" };
  });
  return keys.filter((key, index) => keys.findIndex(({ name }) => name === key.name) === index);
}

/** The order that `keys` ask for, made total by `unique`, which follows the last key's direction. */
export function totalOrder<Name extends string, Row>(
  keys: readonly SortKey<Name>[],
  sortables: Readonly<Record<Name, Sortable<Row>>>,
  unique: Sortable<Row>,
): SortTerm<Row>[] {
  const terms = keys.map(({ name, direction }) => ({ ...sortables[name], direction }));
  return [...terms, { ...unique, direction: keys.at(-1)?.direction ?? "desc" }];
}

function unknownKey(key: string, allowed: readonly string[]) {
  const detail = `There is no sort key \`${key}\` here. Allowed: ${allowed.join(", ")}, each with a minus for descending.`;
  return invalidParameter("sort", "unknown-sort", detail);
}
