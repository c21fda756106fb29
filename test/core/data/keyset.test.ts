import { env } from "cloudflare:workers";
import { type SQL, sql } from "drizzle-orm";
import { integer, SQLiteSyncDialect, sqliteTable, text } from "drizzle-orm/sqlite-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { behind, type KeyValue, type OrderTerm, orderBy, reversed } from "#core/data/keyset.ts";

const table = sqliteTable("keyed", { a: integer().notNull(), b: text().notNull(), id: integer().notNull() });
const columns = [table.a, table.b, table.id] as const;
type Row = readonly [a: number, b: string, id: number];

// Few distinct values, so that most keys are equal in some of their terms.
const rows: Row[] = Array.from({ length: 60 }, (_, id) => [(id * 7) % 4, ["", "é", "x", "X"][(id * 5) % 4] ?? "", id]);

beforeAll(async () => {
  await env.DB.exec("CREATE TABLE keyed (a INTEGER NOT NULL, b TEXT NOT NULL, id INTEGER NOT NULL) STRICT");
  await env.DB.batch(rows.map((row) => env.DB.prepare("INSERT INTO keyed VALUES (?, ?, ?)").bind(...row)));
});

async function select(order: readonly OrderTerm[], condition: SQL): Promise<Row[]> {
  const query = new SQLiteSyncDialect().sqlToQuery(
    sql`SELECT a, b, id FROM keyed WHERE ${condition} ORDER BY ${sql.join(orderBy(order), sql`, `)}`,
  );
  const { results } = await env.DB.prepare(query.sql)
    .bind(...query.params)
    .all<{ a: number; b: string; id: number }>();
  return results.map(({ a, b, id }) => [a, b, id]);
}

function compare(order: readonly { readonly index: number; readonly sign: number }[]) {
  return (left: Row, right: Row): number => {
    for (const { index, sign } of order) {
      const [x, y] = [left[index] ?? 0, right[index] ?? 0];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  };
}

const orders = fc
  .tuple(fc.shuffledSubarray([0, 1], { minLength: 0 }), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
  .map(([indexes, signs]) => [...indexes, 2].map((index, at) => ({ index, sign: signs[at] === true ? -1 : 1 })));

describe("behind", () => {
  it("selects the same rows as a model, in every order, even if the row of the key does not exist", async () => {
    const keys = fc.tuple(
      fc.integer({ min: -1, max: 4 }),
      fc.constantFrom("", "a", "x", "é"),
      fc.integer({ min: -1, max: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(orders, keys, fc.boolean(), async (terms, key, inclusive) => {
        const order = terms.map(
          ({ index, sign }): OrderTerm => ({
            column: sql`${sql.identifier(columns[index]?.name ?? "")}`,
            direction: sign === 1 ? "asc" : "desc",
          }),
        );
        const place = compare(terms);
        const expected = rows.filter((row) => place(row, key) > (inclusive ? -1 : 0)).sort(place);
        const bound = { key: terms.map(({ index }): KeyValue => key[index] ?? 0), inclusive };
        expect(await select(order, behind(order, bound))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it("compares row values if all terms have the same direction", () => {
    const order: OrderTerm[] = [
      { column: table.a, direction: "desc" },
      { column: table.id, direction: "desc" },
    ];
    const { sql: written } = new SQLiteSyncDialect().sqlToQuery(behind(order, { key: [1, 2], inclusive: false }));
    expect(written).toBe('("keyed"."a", "keyed"."id") < (?, ?)');
  });

  it.each([
    { order: [], key: [] },
    { order: [{ column: table.a, direction: "asc" as const }], key: [] },
    { order: [{ column: table.a, direction: "asc" as const }], key: [1, 2] },
  ])("refuses a bound that does not fit the order (%#)", ({ order, key }) => {
    expect(() => behind(order, { key, inclusive: false })).toThrow(RangeError);
  });
});

describe("reversed", () => {
  it("reverses every term and keeps its other members", () => {
    const order = [
      { column: table.a, direction: "asc" as const, name: "a" },
      { column: table.id, direction: "desc" as const, name: "id" },
    ];
    expect(reversed(order).map(({ name, direction }) => [name, direction])).toEqual([
      ["a", "desc"],
      ["id", "asc"],
    ]);
    expect(reversed(reversed(order))).toEqual(order);
  });
});
