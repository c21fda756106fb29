/** Batches insert their guards here, and a constraint fails the batch if a guard does not hold. Always empty. */
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";

export const guards = sqliteTable("guards", {
  holds: integer().notNull(),
});
