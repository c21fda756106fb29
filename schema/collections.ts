/** What each list is validated by. Triggers keep it in step with the rows. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const collections = sqliteTable("collections", {
  name: text().primaryKey(),
  generation: integer().notNull(),
  changedAt: integer().notNull(),
});
