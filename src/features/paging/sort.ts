/**
 * `sort=-created_at,price`: sort keys in order of precedence. A minus means descending. The resulting order is total.
 */
import type { KeyValue, OrderTerm } from "#core/data/keyset.ts";
import { invalidParameter } from "#core/http/problem.ts";

export interface SortKey<Name extends string> {
  readonly name: Name;
  readonly direction: "asc" | "desc";
}

/** A sort key: its column in the database and its value in a row. Never null. */
export interface Sortable<Row> {
  readonly column: OrderTerm["column"];
  valueOf(row: Row): KeyValue;
}

/** One term of an order, for SQL and for rows. */
export type SortTerm<Row> = OrderTerm & Sortable<Row>;

/** Reads the sort keys and drops repeated ones, which have no effect. @throws invalid-parameter for an unknown key */
export function readSort<Name extends string>(parameter: string, allowed: readonly Name[]): SortKey<Name>[] {
  const keys = parameter.split(",").map((part): SortKey<Name> => {
    const bare = part.replace(/^-/, "");
    const name = allowed.find((candidate) => candidate === bare);
    if (name === undefined) throw unknownKey(bare, allowed);
    return { name, direction: part.startsWith("-") ? "desc" : "asc" };
  });
  return keys.filter((key, index) => keys.findIndex(({ name }) => name === key.name) === index);
}

/** The order of `keys`, made total by `unique` in the direction of the last key. */
export function totalOrder<Name extends string, Row>(
  keys: readonly SortKey<Name>[],
  sortables: Readonly<Record<Name, Sortable<Row>>>,
  unique: Sortable<Row>,
): SortTerm<Row>[] {
  const terms = keys.map(({ name, direction }) => ({ ...sortables[name], direction }));
  return [...terms, { ...unique, direction: keys.at(-1)?.direction ?? "desc" }];
}

function unknownKey(key: string, allowed: readonly string[]) {
  const detail = `The sort key \`${key}\` does not exist. Allowed: ${allowed.join(", ")}. Prefix a key with \`-\` to sort in descending order.`;
  return invalidParameter("sort", "unknown-sort", detail);
}
