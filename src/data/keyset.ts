/**
 * Keyset conditions: what lies behind a row in a given order. They seek in an index, however deep the page,
 * and need no row to exist at the cursor.
 */
import { type Column, type SQL, sql } from "drizzle-orm";

export type KeyValue = string | number;

export interface OrderTerm {
  readonly column: Column | SQL;
  readonly direction: "asc" | "desc";
}

/** The same order walked from the other end. */
export function reversed(order: readonly OrderTerm[]): OrderTerm[] {
  return order.map(({ column, direction }) => ({ column, direction: direction === "asc" ? "desc" : "asc" }));
}

export function orderBy(order: readonly OrderTerm[]): SQL[] {
  return order.map(({ column, direction }) => (direction === "asc" ? sql`${column} ASC` : sql`${column} DESC`));
}

/**
 * The condition of standing strictly behind `values` in `order`. One direction throughout gives a row value
 * comparison, which SQLite seeks exactly; mixed directions give a chain of alternatives, bounded by its first term
 * so that an index still finds the start.
 */
export function behind(order: readonly OrderTerm[], values: readonly KeyValue[]): SQL {
  if (order.length !== values.length) throw new RangeError("a keyset position has one value for each term");
  const first = order[0];
  if (first === undefined) throw new RangeError("an order has at least one term");
  if (order.every((term) => term.direction === first.direction)) {
    const columns = sql.join(
      order.map((term) => sql`${term.column}`),
      sql`, `,
    );
    const bounds = sql.join(
      values.map((value) => sql`${value}`),
      sql`, `,
    );
    return sql`(${columns}) ${comparison(first)} (${bounds})`;
  }
  const alternatives = order.map((term, depth) => {
    const equal = order.slice(0, depth).map((outer, index) => sql`${outer.column} = ${values[index]}`);
    return sql`(${sql.join([...equal, sql`${term.column} ${comparison(term)} ${values[depth]}`], sql` AND `)})`;
  });
  const bound = sql`${first.column} ${sql.raw(first.direction === "asc" ? ">=" : "<=")} ${values[0]}`;
  return sql`(${bound} AND (${sql.join(alternatives, sql` OR `)}))`;
}

function comparison(term: OrderTerm): SQL {
  return sql.raw(term.direction === "asc" ? ">" : "<");
}
