/** The representation of an order. Lines and sums are computed from stored values and never accepted from a client. */

import type { StoredShippingAddress } from "#schema/orders.ts";
import { type Order, OrderResource } from "./contract.ts";
import type { OrderRow } from "./queries.ts";

export type ShownOrder = Omit<OrderRow, "seq" | "deletedAt" | "expiredAt">;

export const ORDER = { resource: OrderResource, memberOf };

export function memberOf(row: ShownOrder): Order {
  return {
    id: row.id,
    user_id: row.userId,
    address_id: row.addressId,
    ...(row.shippingAddress === null ? {} : { shipping_address: shippingAddressOf(row.shippingAddress) }),
    status: row.status,
    items: row.items
      .toSorted((a, b) => a.position - b.position)
      .map(({ productId, productName, quantity, unitPriceAmount }) => ({
        product_id: productId,
        product_name: productName,
        quantity,
        unit_price: usd(unitPriceAmount),
        line_total: usd(quantity * unitPriceAmount),
      })),
    total: usd(row.totalAmount),
    amount_paid: usd(row.amountPaid),
    amount_refunded: usd(row.amountRefunded),
    ...(row.status === "placed" && row.expiresAt !== null ? { expires_at: new Date(row.expiresAt).toISOString() } : {}),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}

/** The bytes of an order in a response without its texts: ids, sums, times, and links with a long host name. */
const ORDER_BYTES = 2600;
const ITEM_BYTES = 400;

/** The maximum bytes of the order in a response, in any format: three for each UTF-16 unit of its texts. */
export function bytesOf({ items, shippingAddress }: ShownOrder): number {
  const texts = [...items.map(({ productName }) => productName), ...Object.values(shippingAddress ?? {})];
  const units = texts.reduce((sum, text) => sum + String(text).length, 0);
  return ORDER_BYTES + items.length * ITEM_BYTES + 3 * units;
}

function shippingAddressOf(stored: StoredShippingAddress): NonNullable<Order["shipping_address"]> {
  return stored as NonNullable<Order["shipping_address"]>; // copied from a valid address when the order was placed
}

function usd(amount: number) {
  return { amount, currency: "USD" } as const;
}
