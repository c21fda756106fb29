/** Accounts of people and of service clients. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable("users", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  email: text().notNull().unique(),
  name: text().notNull(),
  role: text({ enum: ["customer", "staff", "admin"] }).notNull(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
  kind: text({ enum: ["person", "service"] })
    .notNull()
    .default("person"),
  emailVerifiedAt: integer(),
  plan: text({ enum: ["free", "pro", "internal"] })
    .notNull()
    .default("free"),
  credentialVersion: integer().notNull().default(1),
});
