/** The authorization server's clients, state, keys and revocations. Times are epoch milliseconds. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const oauthClients = sqliteTable("oauth_clients", {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  clientId: text().notNull().unique(),
  name: text().notNull(),
  type: text({ enum: ["public", "confidential"] }).notNull(),
  accountId: text(),
  secretHash: text(),
  previousSecretHash: text(),
  previousSecretExpiresAt: integer(),
  redirectUris: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  grantTypes: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  scopes: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  requiresDpop: integer({ mode: "boolean" }).notNull(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
  credentialVersion: integer().notNull().default(1),
  postLogoutRedirectUris: text({ mode: "json" }).$type<readonly string[]>().notNull().default([]),
});

export const signingKeys = sqliteTable("signing_keys", {
  kid: text().primaryKey(),
  state: text({ enum: ["next", "current", "previous"] }).notNull(),
  publicJwk: text().notNull(),
  privateKey: text().notNull(),
  createdAt: integer().notNull(),
  activatedAt: integer(),
  retiredAt: integer(),
});

export const oauthArtifacts = sqliteTable(
  "oauth_artifacts",
  {
    model: text().notNull(),
    idHash: text().notNull(),
    payload: text().notNull(),
    grantId: text(),
    uid: text(),
    userCode: text(),
    accountId: text(),
    clientId: text(),
    consumedAt: integer(),
    successor: text(),
    expiresAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.model, table.idHash] })],
);

export const revocations = sqliteTable("revocations", {
  seq: integer().primaryKey({ autoIncrement: true }),
  kind: text({ enum: ["token", "grant", "account", "client"] }).notNull(),
  id: text().notNull(),
  issuedBefore: integer().notNull(),
  expiresAt: integer().notNull(),
  belowVersion: integer().notNull().default(1),
});
