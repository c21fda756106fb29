/** Payments and refunds: append-only. Times are epoch milliseconds, money is in minor units. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const ledgerEntries = sqliteTable("ledger_entries", {
  seq: integer().primaryKey(),
  orderId: text().notNull(),
  userId: text().notNull(),
  kind: text({ enum: ["payment", "refund"] }).notNull(),
  step: text({ enum: ["pay", "cancel", "refund"] }).notNull(),
  amount: integer().notNull(),
  currency: text().notNull(),
  items: text().notNull(),
  actorId: text(),
  orderedAt: integer().notNull(),
  occurredAt: integer().notNull(),
});
