/** The parties of an authorization, as they are stored: the client, and the account that it acts for or as. */
import { and, eq, isNull } from "drizzle-orm";
import type { Plan, Role } from "#core/contract/principal.ts";
import { commit } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { oauthClients } from "#schema/oauth.ts";
import { users } from "#schema/users.ts";

export interface StoredClient {
  readonly clientId: string;
  readonly name: string;
  readonly type: "public" | "confidential";
  readonly accountId: string | null;
  readonly secretHash: string | null;
  readonly previousSecretHash: string | null;
  readonly previousSecretExpiresAt: number | null;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly string[];
  readonly scopes: readonly string[];
  readonly requiresDpop: boolean;
  readonly credentialVersion: number;
}

export async function findClient(database: Database, clientId: string): Promise<StoredClient | undefined> {
  const [row] = await database.orm
    .select()
    .from(oauthClients)
    .where(and(eq(oauthClients.clientId, clientId), isNull(oauthClients.deletedAt)))
    .limit(1);
  return row;
}

/** Stores a client that registered itself. `id` is the id of the resource. */
export async function insertClient(
  database: Database,
  client: Omit<StoredClient, "previousSecretHash" | "previousSecretExpiresAt" | "credentialVersion"> & {
    readonly id: string;
  },
  now: number,
): Promise<void> {
  const inserted = database.orm.insert(oauthClients).values({ ...client, createdAt: now, updatedAt: now });
  await commit(database, { guards: [], statements: [inserted] });
}

export interface StoredAccount {
  readonly id: string;
  readonly role: Role;
  readonly plan: Plan;
  readonly kind: "person" | "service";
  readonly credentialVersion: number;
}

/** Undefined if the account does not exist or was deleted. */
export async function findAccount(database: Database, id: string): Promise<StoredAccount | undefined> {
  const [row] = await database.orm
    .select({
      id: users.id,
      role: users.role,
      plan: users.plan,
      kind: users.kind,
      credentialVersion: users.credentialVersion,
    })
    .from(users)
    .where(and(eq(users.id, id), isNull(users.deletedAt)))
    .limit(1);
  return row;
}
