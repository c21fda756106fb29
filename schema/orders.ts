/** Orders. Times are epoch milliseconds, money is in minor units. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The address of an order, as in the API. */
export interface StoredShippingAddress {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postal_code?: string | undefined;
  readonly country: string;
}

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
  shippingAddress: text({ mode: "json" }).$type<StoredShippingAddress>(),
  expiresAt: integer(),
  expiredAt: integer(),
  amountPaid: integer().notNull().default(0),
  amountRefunded: integer().notNull().default(0),
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
    productName: text().notNull().default(""),
    category: text().notNull().default(""),
    brand: text().notNull().default(""),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.position] })],
);

/** The units in unpaid orders of each account. */
export const accountUnits = sqliteTable("account_units", {
  userId: text().notNull().primaryKey(),
  unpaidUnits: integer().notNull(),
});

/** The units of each product in orders that a cancellation would return to stock, and how many of them are unpaid. */
export const productUnits = sqliteTable("product_units", {
  productId: text().notNull().primaryKey(),
  openUnits: integer().notNull(),
  unpaidUnits: integer().notNull(),
});
