/** The addresses of customers. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const addresses = sqliteTable("addresses", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  userId: text().notNull(),
  name: text().notNull(),
  line1: text().notNull(),
  line2: text(),
  city: text().notNull(),
  region: text(),
  /** An empty string if the address has none. */
  postalCode: text().notNull(),
  country: text().notNull(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
});
