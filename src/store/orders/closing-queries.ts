/**
 * SQL about the end of orders: unpaid ones that expire, and what becomes of the orders of a deleted account. The address
 * of a deleted account's order stays while the order is still to be delivered, and goes when the order is closed.
 */
import { and, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { orderItems, orders } from "#schema/orders.ts";
import type { Units } from "#store/products/queries.ts";
import type { OrderStatus } from "./states.ts";

/** From these states an order has nothing more to be delivered. */
export const CLOSED: readonly OrderStatus[] = ["delivered", "cancelled", "refunded"];

/** In the words of the partial index by deadline: a bound value would not show that it may serve. */
function isUnpaid(): SQL {
  return sql`${orders.status} = 'placed' AND ${orders.deletedAt} IS NULL`;
}

/** An unpaid order whose deadline has passed, with one of its items. */
export interface ExpiredLine extends Units {
  readonly orderId: string;
}

/** The lines of the `limit` orders whose deadlines passed first, of those that were not later than `now`. */
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

/** Holds while all these orders are unpaid, and their deadlines have passed. */
export function haveExpired(ids: readonly string[], now: number): SQL {
  return sql`(SELECT count(*) FROM ${orders} WHERE ${areThose(ids)} AND ${isUnpaid()} AND ${orders.expiresAt} <= ${now}) = ${ids.length}`;
}

/** Cancels the orders for being unpaid. */
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

/** The address that an order keeps when it is closed: its own, or none when the owner's account is deleted. */
function closedAddress(): SQL {
  return sql`CASE WHEN EXISTS (
    SELECT 1 FROM users WHERE users.id = ${orders.userId} AND users.deleted_at IS NULL
  ) THEN ${orders.shippingAddress} END`;
}

/** Writes the step that closes an order. */
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

/** The address of the order as it is stored. */
export function addressQuery(database: Database, id: string) {
  return database.orm.select({ shippingAddress: orders.shippingAddress }).from(orders).where(eq(orders.id, id));
}

/**
 * For the deletion of an account: closed orders lose their addresses, and unpaid orders expire. What was paid and not yet
 * delivered is still to be sent, and keeps its address until then.
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
