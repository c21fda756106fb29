/** API keys, stored as hashes only. Times are epoch milliseconds; `lastUsedOn` is a day. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const apiKeys = sqliteTable("api_keys", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  userId: text().notNull(),
  name: text().notNull(),
  hint: text().notNull(),
  secretHash: text().notNull().unique(),
  previousSecretHash: text().unique(),
  previousSecretExpiresAt: integer(),
  scopes: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  expiresAt: integer(),
  lastUsedOn: text(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
  clientId: text(),
  grantId: text(),
  previousClientId: text(),
  previousGrantId: text(),
});
