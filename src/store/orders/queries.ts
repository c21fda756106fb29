/** All SQL for orders. No other code accesses their tables. */
import { eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { accountUnits, orderItems, orders } from "#schema/orders.ts";

export { orders };

/** A stored line of an order. The price is the price of one unit, in minor units. */
export interface StoredItem {
  readonly position: number;
  readonly productId: string;
  readonly productName: string;
  readonly quantity: number;
  readonly unitPriceAmount: number;
}

/** A line with the product data that reports on the ledger need. */
export interface NewItem extends StoredItem {
  readonly category: string;
  readonly brand: string;
}

/** An order to be placed. */
export type NewOrder = Omit<OrderRow, "seq" | "deletedAt" | "expiredAt" | "items"> & {
  readonly items: readonly NewItem[];
};

/** An order with its items, in no particular order. */
export type OrderRow = typeof orders.$inferSelect & { readonly items: readonly StoredItem[] };

/** The account's units in unpaid orders. An account without any order has no row. */
export function unpaidUnitsQuery(database: Database, userId: string) {
  return database.orm
    .select({ unpaidUnits: accountUnits.unpaidUnits })
    .from(accountUnits)
    .where(eq(accountUnits.userId, userId))
    .limit(1);
}

/** Holds if the account would have at most `max` units in unpaid orders after adding these. */
export function hasUnpaidRoom(userId: string, units: number, max: number): SQL {
  return sql`coalesce((SELECT unpaid_units FROM account_units WHERE user_id = ${userId}), 0) + ${units} <= ${max}`;
}

export function insertOrder(database: Database, { items, ...row }: NewOrder) {
  return [
    database.orm.insert(orders).values(row),
    database.orm.insert(orderItems).select(
      sql`SELECT ${row.id}, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
        json_extract(value, '$[3]'), ${row.totalCurrency}, json_extract(value, '$[4]'), json_extract(value, '$[5]'),
        json_extract(value, '$[6]') FROM json_each(${linesOf(items)})`,
    ),
  ] as const;
}

/** One parameter for any number of items: a D1 statement has at most 100 parameters. */
function linesOf(items: readonly NewItem[]): string {
  return JSON.stringify(
    items.map((item) => [
      item.position,
      item.productId,
      item.quantity,
      item.unitPriceAmount,
      item.productName,
      item.category,
      item.brand,
    ]),
  );
}

/** Reads the items of each order by key in the same statement, so that a page remains one statement. */
export function itemsColumn() {
  return sql<readonly StoredItem[]>`(
    SELECT json_group_array(json_object(
      'position', position, 'productId', product_id, 'productName', product_name, 'quantity', quantity,
      'unitPriceAmount', unit_price_amount
    ))
    FROM order_items WHERE order_items.order_id = orders.id
  )`
    .mapWith((text: string) => JSON.parse(text) as readonly StoredItem[]) // the query produces this form
    .as("items");
}
