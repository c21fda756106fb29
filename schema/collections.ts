/** The generation of each collection, which its lists are validated by. Triggers update it when a row changes. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const collections = sqliteTable("collections", {
  name: text().primaryKey(),
  generation: integer().notNull(),
  changedAt: integer().notNull(),
});
