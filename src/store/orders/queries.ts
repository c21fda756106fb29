/** All SQL about orders. Nothing else speaks to their tables. */
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

/** One line of an order as it is stored; the price is that of one unit, in minor units. */
export interface StoredItem {
  readonly position: number;
  readonly productId: string;
  readonly productName: string;
  readonly quantity: number;
  readonly unitPriceAmount: number;
}

/** A line with what the ledger's reports ask of its product. */
export interface NewItem extends StoredItem {
  readonly category: string;
  readonly brand: string;
}

/** An order to be placed. */
export type NewOrder = Omit<OrderRow, "seq" | "deletedAt" | "expiredAt" | "items"> & {
  readonly items: readonly NewItem[];
};

/** An order with its items, in no order of their own. */
export type OrderRow = typeof orders.$inferSelect & { readonly items: readonly StoredItem[] };

/** A list of orders: which of those that may be read, and in what order. */
export interface OrderList {
  readonly readable: readonly Equalities[];
  readonly userId: string | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly keys: readonly SortKey<SortName>[];
}

/** The columns of the members that rules ask about. */
const RULED = { id: orders.id, user_id: orders.userId };

export async function findOrder(database: Database, id: string): Promise<OrderRow | undefined> {
  const [row] = await database.orm
    .select({ ...getTableColumns(orders), items: itemsColumn() })
    .from(orders)
    .where(isPresent(orders, id))
    .limit(1);
  return row;
}

/** The units in unpaid orders of the account; no row for an account that never ordered. */
export function unpaidUnitsQuery(database: Database, userId: string) {
  return database.orm
    .select({ unpaidUnits: accountUnits.unpaidUnits })
    .from(accountUnits)
    .where(eq(accountUnits.userId, userId))
    .limit(1);
}

/** Holds while the account would have at most `max` units in unpaid orders with these. */
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

/** One parameter however many items there are: a statement of D1 may have 100. */
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

/** The list as it can be frozen. */
export function freezable(list: OrderList): Freezable<OrderRow> {
  return { table: orders, columns: { items: itemsColumn() }, where: conditionsOf(list), order: orderOf(list) };
}

/** A list of one owner's orders changes with those alone. */
export function generationOf({ readable, userId }: OrderList): string {
  const { collection } = OrderResource;
  const [only, ...others] = readable;
  const owner = others.length === 0 ? (only?.["user_id"] ?? userId) : userId;
  return owner === undefined ? collection : ownedBy(collection, String(owner));
}

/** The order that a list's sort keys ask for, made total by the id. */
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
  const [status, ...others] = (statuses ?? []) as OrderStatus[]; // a status that there is not has no order
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
 * The index of states in the list's own order serves a first page by the first rows of each state. Without statistics
 * SQLite takes any of them and reads every match; a bound on the leading sort column tells it which. Each number is less
 * than the empty blob, so the bound leaves nothing out.
 */
function anywhere({ statuses }: OrderList, [first]: readonly OrderTerm[]): SQL | undefined {
  if ((statuses?.length ?? 0) < 2 || first === undefined) return undefined;
  return sql`${first.column} < x''`;
}

/** The items of each order by one keyed read beside its own, so that a page stays one statement. */
function itemsColumn() {
  return sql<readonly StoredItem[]>`(
    SELECT json_group_array(json_object(
      'position', position, 'productId', product_id, 'productName', product_name, 'quantity', quantity,
      'unitPriceAmount', unit_price_amount
    ))
    FROM order_items WHERE order_items.order_id = orders.id
  )`
    .mapWith((text: string) => JSON.parse(text) as readonly StoredItem[]) // of the form that the query makes
    .as("items");
}
