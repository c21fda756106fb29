/** Snapshots: lists frozen for random access. `members` is a JSON array of the rows' `seq`, in order. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const snapshots = sqliteTable("snapshots", {
  id: text().primaryKey(),
  collection: text().notNull(),
  members: text().notNull(),
  expiresAt: integer().notNull(),
});
