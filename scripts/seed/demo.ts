// The credentials of the local demo accounts, and their OAuth clients. The rows are always the same. Salts are derived
// from email addresses, because nothing here is secret. Only local state gets these rows.

import { argon2Sync, createHash } from "node:crypto";
import { scopesOf } from "#core/contract/scopes.ts";
import { formatPhc } from "#features/identity/passwords/phc.ts";
import { requestableScopes } from "#features/identity/server/scopes.ts";
import { scopes } from "../../src/modules.ts";
import { OPENED_AT } from "./calendar.ts";
import { idAt } from "./ids.ts";
import { DEMO_EMAILS } from "./people.ts";
import { randomOf } from "./random.ts";
import { storeRows } from "./rows.ts";
import { insertsInto, type Value } from "./sql.ts";

export const DEMO_PASSWORD = "correct-horse-battery-staple";
export const DEMO_CLIENT_SECRET = "local-demo-secret";

interface DemoClient {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
  /** The role of the client's own account, for a service client. */
  readonly role?: "customer" | "admin";
}

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

const CLIENTS: readonly DemoClient[] = [
  {
    clientId: "demo-app",
    name: "Demo App",
    redirectUris: ["http://127.0.0.1/callback"],
    postLogoutRedirectUris: ["http://127.0.0.1/callback"],
    grantTypes: ["authorization_code", "refresh_token", DEVICE_CODE],
    scopes: requestableScopes(scopes),
  },
  {
    clientId: "demo-service",
    name: "Demo Storefront",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: scopesOf(scopes, "customer"),
    role: "customer",
  },
  {
    clientId: "demo-admin",
    name: "Demo Administration",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: Object.keys(scopes),
    role: "admin",
  },
];

/** The INSERT statements for a store with users and without clients. */
export function demoStatements(): string[] {
  const { users } = storeRows();
  const random = randomOf("rows/oauth_clients");
  const clients = CLIENTS.map((client, index) => ({
    ...client,
    createdAt: OPENED_AT + (DEMO_EMAILS.length + index) * 60_000,
  }));
  const withIds = clients.map((client) => ({
    ...client,
    id: idAt("client", client.createdAt, random),
    accountId: client.role === undefined ? null : idAt("user", client.createdAt, random),
  }));
  const accounts = withIds.filter((client) => client.accountId !== null);
  return [
    ...insertsInto(
      "users",
      accounts.map((client, index) =>
        entriesOf({
          seq: users.length + 1 + index,
          id: client.accountId,
          email: `${client.clientId}@service.invalid`,
          name: client.name,
          role: client.role ?? null,
          kind: "service",
          created_at: client.createdAt,
          updated_at: client.createdAt,
        }),
      ),
    ),
    ...insertsInto(
      "oauth_clients",
      withIds.map((client, index) =>
        entriesOf({
          seq: index + 1,
          id: client.id,
          client_id: client.clientId,
          name: client.name,
          type: client.role === undefined ? "public" : "confidential",
          account_id: client.accountId,
          secret_hash: client.role === undefined ? null : sha256(DEMO_CLIENT_SECRET),
          redirect_uris: JSON.stringify(client.redirectUris),
          grant_types: JSON.stringify(client.grantTypes),
          scopes: JSON.stringify(client.scopes),
          post_logout_redirect_uris: JSON.stringify(client.postLogoutRedirectUris ?? []),
          created_at: client.createdAt,
          updated_at: client.createdAt,
        }),
      ),
    ),
    ...insertsInto("credentials", credentialRows()),
    // An account with an unconfirmed address cannot sign in.
    `UPDATE users SET email_verified_at = created_at WHERE email IN (${DEMO_EMAILS.map((email) => `'${email}'`).join(", ")})`,
  ];
}

/** Argon2id with the parameters of OWASP (Password Storage Cheat Sheet), like the service. */
const COST = { memory: 19_456, passes: 2, lanes: 1 };

function credentialRows(): Entry[][] {
  const accounts = storeRows().users.filter(({ email }) => DEMO_EMAILS.some((demo) => demo === email));
  return accounts.map(({ id, email, created_at }) => {
    const salt = createHash("sha256").update(email).digest().subarray(0, 16);
    const hash = argon2Sync("argon2id", {
      message: DEMO_PASSWORD,
      nonce: salt,
      parallelism: COST.lanes,
      tagLength: 32,
      memory: COST.memory,
      passes: COST.passes,
    });
    return entriesOf({
      user_id: id,
      password_hash: formatPhc({ cost: COST, salt, hash }),
      changed_at: created_at,
    });
  });
}

type Entry = readonly [column: string, value: Value];

function entriesOf(row: Readonly<Record<string, Value>>): Entry[] {
  return Object.entries(row);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
