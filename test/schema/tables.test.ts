/** The tables as Drizzle knows them are the tables that the migrations make. */
import { env } from "cloudflare:workers";
import { getTableColumns, getTableName } from "drizzle-orm";
import { CasingCache } from "drizzle-orm/casing";
import { expect, it } from "vitest";
import { addresses } from "#schema/addresses.ts";
import { apiKeys } from "#schema/api-keys.ts";
import { collections } from "#schema/collections.ts";
import { credentials, passkeys, signIns, spentChallenges } from "#schema/credentials.ts";
import { guards } from "#schema/guards.ts";
import { idempotencyEffects } from "#schema/idempotency.ts";
import { ledgerEntries } from "#schema/ledger-entries.ts";
import { mailbox, mailTokens } from "#schema/mail.ts";
import { oauthArtifacts, oauthClients, revocations, signingKeys } from "#schema/oauth.ts";
import { accountUnits, orderItems, orders, productUnits } from "#schema/orders.ts";
import { products } from "#schema/products.ts";
import { snapshots } from "#schema/snapshots.ts";
import { users } from "#schema/users.ts";

const casing = new CasingCache("snake_case");

const TABLES = [
  accountUnits,
  addresses,
  apiKeys,
  collections,
  credentials,
  guards,
  idempotencyEffects,
  ledgerEntries,
  mailTokens,
  mailbox,
  oauthArtifacts,
  oauthClients,
  orderItems,
  orders,
  passkeys,
  productUnits,
  products,
  revocations,
  signIns,
  signingKeys,
  snapshots,
  spentChallenges,
  users,
];

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

it.each(TABLES.map((table) => ({ name: getTableName(table), table })))("$name", async ({ name, table }) => {
  const { results } = await env.DB.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
    .bind(name)
    .all<ColumnInfo>();
  const stored = results.map((column) => ({
    name: column.name,
    type: column.type.toLowerCase(),
    isRequired: column.notnull === 1 || column.pk === 1,
  }));
  const known = Object.values(getTableColumns(table)).map((column) => ({
    name: casing.getColumnCasing(column),
    type: column.getSQLType(),
    isRequired: column.notNull,
  }));
  expect(known).toEqual(stored);
});
