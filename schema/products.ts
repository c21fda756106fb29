/** Products. Times are epoch milliseconds, money is in minor units. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const products = sqliteTable("products", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  name: text().notNull(),
  description: text().notNull(),
  category: text().notNull(),
  brand: text().notNull(),
  priceAmount: integer().notNull(),
  priceCurrency: text().notNull(),
  stock: integer().notNull(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
});
