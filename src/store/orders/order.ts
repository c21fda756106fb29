/** An order as it is shown: lines and totals are computed of what is stored, and never sent by anybody. */
import { type Order, OrderResource } from "./contract.ts";
import type { OrderRow } from "./queries.ts";

export type ShownOrder = Omit<OrderRow, "seq" | "deletedAt">;

export const ORDER = { resource: OrderResource, memberOf };

export function memberOf(row: ShownOrder): Order {
  return {
    id: row.id,
    user_id: row.userId,
    address_id: row.addressId,
    status: row.status,
    items: row.items
      .toSorted((a, b) => a.position - b.position)
      .map(({ productId, quantity, unitPriceAmount }) => ({
        product_id: productId,
        quantity,
        unit_price: usd(unitPriceAmount),
        line_total: usd(quantity * unitPriceAmount),
      })),
    total: usd(row.totalAmount),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}

function usd(amount: number) {
  return { amount, currency: "USD" } as const;
}
