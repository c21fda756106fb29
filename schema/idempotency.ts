/** The committed effects of requests with an idempotency key. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const idempotencyEffects = sqliteTable("idempotency_effects", {
  recordHash: text().primaryKey(),
  fence: integer().notNull(),
  status: integer().notNull(),
  resourceId: text(),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
});
