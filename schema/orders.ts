/** How orders are stored. Times are epoch milliseconds, money is in minor units. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const orders = sqliteTable("orders", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  userId: text().notNull(),
  addressId: text().notNull(),
  status: text({ enum: ["placed", "paid", "shipped", "delivered", "cancelled", "refunded"] }).notNull(),
  totalAmount: integer().notNull(),
  totalCurrency: text().notNull(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
});

export const orderItems = sqliteTable(
  "order_items",
  {
    orderId: text().notNull(),
    position: integer().notNull(),
    productId: text().notNull(),
    quantity: integer().notNull(),
    unitPriceAmount: integer().notNull(),
    unitPriceCurrency: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.position] })],
);
