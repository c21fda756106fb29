/** All SQL for orders. No other code accesses their tables. */
import { and, eq, getTableColumns, inArray, isNull, type SQL, sql } from "drizzle-orm";
import { generationColumns, isPresent, ownedBy } from "#core/data/collection.ts";
import type { Database } from "#core/data/database.ts";
import { type Equalities, isOneOf } from "#core/data/equalities.ts";
import { behind, type OrderTerm, orderBy } from "#core/data/keyset.ts";
import type { Window } from "#features/paging/cursor-page.ts";
import type { Freezable } from "#features/paging/snapshot.ts";
import { type SortKey, type SortTerm, totalOrder } from "#features/paging/sort.ts";
import { accountUnits, orderItems, orders } from "#schema/orders.ts";
import { OrderResource, type SortName } from "./contract.ts";
import type { OrderStatus } from "./states.ts";

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

/** The filter and the order of a list of orders that the caller can read. */
export interface OrderList {
  readonly readable: readonly Equalities[];
  readonly userId: string | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly keys: readonly SortKey<SortName>[];
}

/** The columns of the members that access rules compare. */
const RULED = { id: orders.id, user_id: orders.userId };

export async function findOrder(database: Database, id: string): Promise<OrderRow | undefined> {
  const [row] = await database.orm
    .select({ ...getTableColumns(orders), items: itemsColumn() })
    .from(orders)
    .where(isPresent(orders, id))
    .limit(1);
  return row;
}

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

/** One page of the list. */
export function pageQuery(database: Database, list: OrderList, { order, after, limit }: Window) {
  return database.orm
    .select({ ...getTableColumns(orders), items: itemsColumn(), ...generationColumns(generationOf(list)) })
    .from(orders)
    .where(and(conditionsOf(list), after === undefined ? anywhere(list, order) : behind(order, after)))
    .orderBy(...orderBy(order))
    .limit(limit);
}

/** The list in the form that a snapshot needs. */
export function freezable(list: OrderList): Freezable<OrderRow> {
  return { table: orders, columns: { items: itemsColumn() }, where: conditionsOf(list), order: orderOf(list) };
}

/** The generation that validates the list. A list of one owner's orders changes only with those orders. */
export function generationOf({ readable, userId }: OrderList): string {
  const { collection } = OrderResource;
  const [only, ...others] = readable;
  const owner = others.length === 0 ? (only?.["user_id"] ?? userId) : userId;
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order of the list's sort keys, made total by the id. */
export function orderOf({ keys }: OrderList): SortTerm<OrderRow>[] {
  return totalOrder<SortName, OrderRow>(
    keys,
    {
      created_at: { column: orders.createdAt, valueOf: (row) => row.createdAt },
      total: { column: orders.totalAmount, valueOf: (row) => row.totalAmount },
    },
    { column: orders.id, valueOf: (row) => row.id },
  );
}

function conditionsOf({ readable, userId, statuses }: OrderList): SQL | undefined {
  const [status, ...others] = (statuses ?? []) as OrderStatus[]; // an unknown status matches no order
  return and(
    isNull(orders.deletedAt),
    isOneOf(readable, RULED),
    userId === undefined ? undefined : eq(orders.userId, userId),
    status === undefined
      ? undefined
      : others.length === 0
        ? eq(orders.status, status)
        : inArray(orders.status, [status, ...others]),
  );
}

/**
 * Makes SQLite use the index in the list's own order, which serves a first page from the first rows of each state.
 * Without statistics SQLite can choose any index and read every match. A bound on the leading sort column selects the
 * right one. Every number is less than the empty blob, so the bound excludes no row.
 */
function anywhere({ statuses }: OrderList, [first]: readonly OrderTerm[]): SQL | undefined {
  if ((statuses?.length ?? 0) < 2 || first === undefined) return undefined;
  return sql`${first.column} < x''`;
}

/** Reads the items of each order by key in the same statement, so that a page remains one statement. */
function itemsColumn() {
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
