/** Where a batch asserts what it depends on. Always empty. */
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";

export const guards = sqliteTable("guards", {
  holds: integer().notNull(),
});
