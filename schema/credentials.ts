/** People's credentials and sign-ins. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const credentials = sqliteTable("credentials", {
  userId: text().primaryKey(),
  passwordHash: text().notNull(),
  changedAt: integer().notNull(),
});

export const passkeys = sqliteTable("passkeys", {
  id: text().primaryKey(),
  userId: text().notNull(),
  publicKey: text().notNull(),
  counter: integer().notNull(),
  transports: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  name: text().notNull(),
  createdAt: integer().notNull(),
  lastUsedAt: integer(),
});

export const signIns = sqliteTable("sign_ins", {
  idHash: text().primaryKey(),
  userId: text().notNull(),
  methods: text().notNull(),
  authenticatedAt: integer().notNull(),
  expiresAt: integer().notNull(),
});

export const spentChallenges = sqliteTable("spent_challenges", {
  challengeHash: text().primaryKey(),
  expiresAt: integer().notNull(),
});
