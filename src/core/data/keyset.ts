/**
 * Keyset conditions: the rows after a given row in an order. They seek in an index, so deep pages cost no more than the
 * first. The row at the cursor need not exist.
 */
import { type Column, type SQL, sql } from "drizzle-orm";

export type KeyValue = string | number;

export interface OrderTerm {
  readonly column: Column | SQL;
  readonly direction: "asc" | "desc";
}

/** A position in an order: the sort key of a row. `inclusive`: the row itself is part of the result. */
export interface KeyBound {
  readonly key: readonly KeyValue[];
  readonly inclusive: boolean;
}

/** The same order in reverse. */
export function reversed<Term extends OrderTerm>(order: readonly Term[]): Term[] {
  return order.map((term) => ({ ...term, direction: term.direction === "asc" ? "desc" : "asc" }));
}

export function orderBy(order: readonly OrderTerm[]): SQL[] {
  return order.map(({ column, direction }) => (direction === "asc" ? sql`${column} ASC` : sql`${column} DESC`));
}

/**
 * The condition for rows after `bound` in `order`. With one direction, it is a row value comparison, which SQLite seeks
 * exactly. With mixed directions, it is a chain of alternatives, bounded by the first term so that an index finds the start.
 *
 * @throws RangeError unless the order has at least one term and the bound one value for each
 */
export function behind(order: readonly OrderTerm[], bound: KeyBound): SQL {
  const terms = order.map(({ column, direction }, index) => ({ column, direction, value: bound.key[index] }));
  const [first] = terms;
  if (first === undefined) throw new RangeError("an order has at least one term");
  if (order.length !== bound.key.length) throw new RangeError("a keyset position has one value for each term");
  if (terms.every((term) => term.direction === first.direction)) {
    const columns = list(terms.map((term) => sql`${term.column}`));
    const values = list(terms.map((term) => sql`${term.value}`));
    return sql`(${columns}) ${comparison(first, bound.inclusive)} (${values})`;
  }
  const alternatives = terms.map((term, depth) => {
    const outer = terms.slice(0, depth).map(({ column, value }) => sql`${column} = ${value}`);
    const isLast = depth === terms.length - 1;
    const own = sql`${term.column} ${comparison(term, isLast && bound.inclusive)} ${term.value}`;
    return sql`(${sql.join([...outer, own], sql` AND `)})`;
  });
  const start = sql`${first.column} ${comparison(first, true)} ${first.value}`;
  return sql`(${start} AND (${sql.join(alternatives, sql` OR `)}))`;
}

function list(items: readonly SQL[]): SQL {
  return sql.join([...items], sql`, `);
}

function comparison({ direction }: OrderTerm, inclusive: boolean): SQL {
  return sql.raw(`${direction === "asc" ? ">" : "<"}${inclusive ? "=" : ""}`);
}
