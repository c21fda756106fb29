/** Tokens of links in mails, and the local mailbox. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const mailTokens = sqliteTable("mail_tokens", {
  tokenHash: text().primaryKey(),
  userId: text().notNull(),
  purpose: text({ enum: ["verify-email", "reset-password"] }).notNull(),
  email: text().notNull(),
  expiresAt: integer().notNull(),
  usedAt: integer(),
});

export const mailbox = sqliteTable("mailbox", {
  seq: integer().primaryKey(),
  recipient: text().notNull(),
  subject: text().notNull(),
  content: text().notNull(),
  sentAt: integer().notNull(),
});
