/** All SQL for the ledger. The batch of a transition also writes its ledger entry. Entries never change. */
import { sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { ledgerEntries } from "#schema/ledger-entries.ts";
import type { OrderStep } from "./states.ts";

export interface LedgerEntry {
  readonly orderId: string;
  readonly kind: "payment" | "refund";
  readonly step: Extract<OrderStep, "pay" | "cancel" | "refund">;
  /** In minor units. */
  readonly amount: number;
  /** The account that makes the transition. */
  readonly actorId: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Appends an entry with copies of the order's items. A trigger adds its amount to the sums of the order. */
export function appendEntry(database: Database, { orderId, kind, step, amount, actorId, now }: LedgerEntry) {
  return database.orm.insert(ledgerEntries).select(
    sql`SELECT NULL, id, user_id, ${kind}, ${step}, ${amount}, total_currency, (
      SELECT json_group_array(json_object(
        'product_id', product_id, 'product_name', product_name, 'category', category, 'brand', brand,
        'quantity', quantity, 'unit_price_amount', unit_price_amount
      )) FROM order_items WHERE order_items.order_id = orders.id
    ), ${actorId}, created_at, ${now} FROM orders WHERE id = ${orderId}`,
  );
}
