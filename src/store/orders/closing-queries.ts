/**
 * SQL for closing orders: the expiry of unpaid orders, and the orders of a deleted account. An order of a deleted
 * account keeps its address until it is closed.
 */
import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { orderItems, orders } from "#schema/orders.ts";
import type { Units } from "#store/products/queries.ts";
import type { OrderStatus } from "./states.ts";

/** In these states nothing is left to deliver. */
export const CLOSED: readonly OrderStatus[] = ["delivered", "cancelled", "refunded"];

/**
 * Repeats the condition of the partial index by deadline literally. With a bound value SQLite could not use the index.
 */
function isUnpaid(): SQL {
  return sql`${orders.status} = 'placed' AND ${orders.deletedAt} IS NULL`;
}

/** An unpaid order whose deadline has passed, with one of its items. */
export interface ExpiredLine extends Units {
  readonly orderId: string;
}

/** The lines of the `limit` orders with the earliest deadlines at or before `now`. */
export async function findExpired(database: Database, now: number, limit: number): Promise<ExpiredLine[]> {
  const expired = database.orm
    .select({ id: orders.id })
    .from(orders)
    .where(and(isUnpaid(), sql`${orders.expiresAt} <= ${now}`))
    .orderBy(orders.expiresAt)
    .limit(limit);
  return database.orm
    .select({ orderId: orderItems.orderId, productId: orderItems.productId, quantity: orderItems.quantity })
    .from(orderItems)
    .where(inArray(orderItems.orderId, expired));
}

/** Holds if all these orders are unpaid and their deadlines have passed. */
export function haveExpired(ids: readonly string[], now: number): SQL {
  return sql`(SELECT count(*) FROM ${orders} WHERE ${areThose(ids)} AND ${isUnpaid()} AND ${orders.expiresAt} <= ${now}) = ${ids.length}`;
}

/** Cancels the unpaid orders. */
export function expireOrders(database: Database, ids: readonly string[], now: number) {
  return database.orm
    .update(orders)
    .set({
      status: "cancelled",
      expiredAt: now,
      shippingAddress: closedAddress(),
      version: sql`${orders.version} + 1`,
      updatedAt: sql`max(${orders.updatedAt}, ${now})`,
    })
    .where(areThose(ids));
}

function areThose(ids: readonly string[]): SQL {
  return sql`${orders.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/** The address of an order after it is closed: unchanged, or NULL if the owner's account is deleted. */
function closedAddress(): SQL {
  return sql`CASE WHEN EXISTS (
    SELECT 1 FROM users WHERE users.id = ${orders.userId} AND users.deleted_at IS NULL
  ) THEN ${orders.shippingAddress} END`;
}

/** Writes the transition that closes an order. */
export function closeOrder(
  database: Database,
  id: string,
  step: Pick<typeof orders.$inferSelect, "status" | "version" | "updatedAt">,
) {
  return database.orm
    .update(orders)
    .set({ ...step, shippingAddress: closedAddress() })
    .where(eq(orders.id, id));
}

/** The stored address of the order. */
export function addressQuery(database: Database, id: string) {
  return database.orm.select({ shippingAddress: orders.shippingAddress }).from(orders).where(eq(orders.id, id));
}

/**
 * Applies the deletion of an account to its orders. Closed orders lose their addresses, and unpaid orders expire.
 * Orders that are paid but not delivered keep their address until they are closed.
 */
export function forgetOrders(database: Database, userId: string, now: number) {
  const changed = { version: sql`${orders.version} + 1`, updatedAt: sql`max(${orders.updatedAt}, ${now})` };
  const own = and(eq(orders.userId, userId), isNull(orders.deletedAt));
  return [
    database.orm
      .update(orders)
      .set({ ...changed, shippingAddress: null })
      .where(
        and(own, sql`${orders.status} IN ('delivered', 'cancelled', 'refunded')`, isNotNull(orders.shippingAddress)),
      ),
    database.orm
      .update(orders)
      .set({ ...changed, expiresAt: sql`min(coalesce(${orders.expiresAt}, ${now}), ${now})` })
      .where(and(own, sql`${orders.status} = 'placed'`)),
  ];
}
