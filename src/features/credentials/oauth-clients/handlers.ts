/**
 * What happens to OAuth clients. A client that acts for itself gets an account in the commit that makes it so. What a
 * client has got ends with it, and what it has got so far ends when it may have less. A secret is shown in the one
 * answer that made it; only its hash is stored.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Role } from "#core/contract/principal.ts";
import { isAt, updateRow } from "#core/data/collection.ts";
import { commit } from "#core/data/commit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { CLIENT_SCOPES, GRANT_TYPES } from "#features/identity/clients/rules.ts";
import { CLIENT_SECRET_RANDOM_BYTES, writeClientSecret } from "#features/identity/clients/secrets.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements } from "#features/identity/revocations/store.ts";
import { answerOf, commitChange, currentOf, laterOf, unchangedAnswer } from "#features/resources/versioned.ts";
import {
  type OauthClient,
  type OauthClientChange,
  type OauthClientInput,
  OauthClientResource,
  type OauthClientRotation,
} from "./contract.ts";
import {
  endServiceAccount,
  findOauthClient,
  forgetArtifacts,
  insertOauthClient,
  insertServiceAccount,
  type OauthClientRow,
  oauthClients,
  rotateSecret,
} from "./queries.ts";

type Change = z.output<typeof OauthClientChange>;
type OneClient = { readonly id: string };
type Shown = Omit<OauthClientRow, "seq" | "secretHash" | "previousSecretHash" | "deletedAt">;
type WriteCall = Call<OneClient, unknown, unknown, Current<OauthClient>>;

const OAUTH_CLIENT = { resource: OauthClientResource, memberOf };

export async function readOauthClient(call: Call<OneClient, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(OAUTH_CLIENT, await findOauthClient(call.database, call.params.id), 200);
}

export async function currentOauthClient(
  call: Call<OneClient, unknown, undefined>,
): Promise<Current<OauthClient> | null> {
  return currentOf(OAUTH_CLIENT, await findOauthClient(call.database, call.params.id));
}

export async function createOauthClient(
  call: Call<unknown, unknown, z.output<typeof OauthClientInput>>,
): Promise<ResourceAnswer> {
  const { body, database, now } = call;
  const id = call.newId("client");
  const clientId = id.slice("client_".length);
  const accountId = actsForItself(body) ? call.newId("user") : null;
  const secret = body.type === "public" ? undefined : writeClientSecret(call.randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const row = {
    id,
    clientId,
    type: body.type,
    ...columnsOf(body),
    accountId,
    previousSecretExpiresAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const client = insertOauthClient(database, {
    ...row,
    secretHash: secret === undefined ? null : await hashSecret(secret),
  });
  const account = accountStatement(call, row, body.account_role ?? "customer");
  await commit(database, {
    guards: [],
    // The client names its account, which must be there first.
    statements: account === undefined ? [client] : [account, client],
    resourceId: id,
  });
  return { ...answerOf(OAUTH_CLIENT, row, 201), ...(secret === undefined ? {} : { once: { client_secret: secret } }) };
}

/** @throws conflict for a public client that would act for itself */
export async function changeOauthClient(
  call: Call<OneClient, unknown, Change, Current<OauthClient>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now } = call;
  const before = rowOf(current);
  const columns = columnsOf(body);
  if (JSON.stringify(columns) === JSON.stringify(columnsOf(current.members))) {
    return unchangedAnswer(current, OauthClientResource);
  }
  if (before.type === "public" && actsForItself(body)) {
    throw conflict("A public client has no credentials, and so no `client_credentials`.");
  }
  const isNewService = before.accountId === null && actsForItself(body);
  const accountId = isNewService ? call.newId("user") : before.accountId;
  const account = isNewService ? accountStatement(call, { ...before, ...columns, accountId }, "customer") : undefined;
  const change = { ...columns, version: current.version + 1, updatedAt: laterOf(call) };
  const revoked = isLess(current.members, body) ? [revocationOf("client", before.clientId, now)] : [];
  await commitChange(call, oauthClients, change, {
    statements: [
      // The client can name its account only when there is one.
      ...(account === undefined ? [] : [account, updateRow(database, oauthClients, before.id, { accountId })]),
      ...revocationStatements(database, revoked),
    ],
  });
  noteRevoked(revoked);
  return answerOf(OAUTH_CLIENT, { ...before, ...change, accountId }, 200);
}

/** @throws conflict for a public client, and where somebody else changed the client at the same moment */
export async function rotateOauthClientSecret(
  call: Call<OneClient, unknown, z.output<typeof OauthClientRotation>, Current<OauthClient>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now } = call;
  const { id, type } = current.members;
  if (type === "public") throw conflict("A public client has no secret.");
  const secret = writeClientSecret(call.randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const rotation = {
    secretHash: await hashSecret(secret),
    previousSecretExpiresAt: now + body.overlap_seconds * 1000,
    version: current.version + 1,
    updatedAt: laterOf(call),
  };
  await commit(database, {
    guards: [
      {
        condition: isAt(oauthClients, id, current.version),
        refusal: (cause) => conflict("The client was changed at the same moment. Nothing was rotated.", cause),
      },
    ],
    statements: [rotateSecret(database, id, rotation)],
  });
  return { ...answerOf(OAUTH_CLIENT, { ...rowOf(current), ...rotation }, 200), once: { client_secret: secret } };
}

/** What the client got ends with it, and so does what it owned itself. */
export async function deleteOauthClient(call: WriteCall, eraseAccount: EraseAccount): Promise<EmptyAnswer> {
  const { current, database } = call;
  const { client_id: clientId, account_id: accountId } = current.members;
  const now = laterOf(call);
  const revoked = [revocationOf("client", clientId, call.now)];
  await commitChange(
    call,
    oauthClients,
    { version: current.version + 1, deletedAt: now },
    {
      statements: [
        forgetArtifacts(database, clientId),
        ...revocationStatements(database, revoked),
        ...(accountId === undefined
          ? []
          : [...eraseAccount(database, accountId, now), endServiceAccount(database, accountId, now)]),
      ],
    },
  );
  noteRevoked(revoked);
  return { kind: "empty", status: 204 };
}

function conflict(detail: string, cause?: unknown): Problem {
  return problem("conflict", { detail, cause });
}

function actsForItself({ grant_types }: Pick<Change, "grant_types">): boolean {
  return grant_types.includes("client_credentials");
}

/** Whether tokens made under `before` permit what none may be got for now. */
function isLess(before: Change, after: Change): boolean {
  const lost = (had: readonly string[], has: readonly string[]) => had.some((name) => !has.includes(name));
  return (
    lost(before.scopes, after.scopes) ||
    lost(before.grant_types, after.grant_types) ||
    (after.requires_dpop && !before.requires_dpop)
  );
}

/** Makes the client's own account, where it has one. */
function accountStatement(
  { database, now }: Pick<Call<unknown, unknown, unknown>, "database" | "now">,
  { accountId, clientId, name }: Pick<OauthClientRow, "accountId" | "clientId" | "name">,
  role: Role,
) {
  if (accountId === null) return undefined;
  const email = `${clientId}@service.invalid`;
  return insertServiceAccount(database, { id: accountId, email, name, role, createdAt: now, updatedAt: now });
}

/** Lists that mean sets have each name once, in one order. */
function columnsOf(input: Change) {
  return {
    name: input.name,
    redirectUris: [...new Set(input.redirect_uris)],
    grantTypes: GRANT_TYPES.filter((grant) => input.grant_types.includes(grant)),
    scopes: CLIENT_SCOPES.filter((scope) => input.scopes.includes(scope)),
    requiresDpop: input.requires_dpop,
  };
}

function rowOf({ members, version }: Current<OauthClient>): Shown {
  const { previous_secret_expires_at: previousSecretExpiresAt } = members;
  return {
    id: members.id,
    clientId: members.client_id,
    type: members.type,
    ...columnsOf(members),
    accountId: members.account_id ?? null,
    previousSecretExpiresAt: previousSecretExpiresAt === undefined ? null : Date.parse(previousSecretExpiresAt),
    version,
    createdAt: Date.parse(members.created_at),
    updatedAt: Date.parse(members.updated_at),
  };
}

export function memberOf(row: Shown): OauthClient {
  return {
    id: row.id,
    client_id: row.clientId,
    type: row.type,
    name: row.name,
    redirect_uris: [...row.redirectUris],
    grant_types: GRANT_TYPES.filter((grant) => row.grantTypes.includes(grant)),
    scopes: CLIENT_SCOPES.filter((scope) => row.scopes.includes(scope)),
    requires_dpop: row.requiresDpop,
    ...(row.accountId === null ? {} : { account_id: row.accountId }),
    ...(row.previousSecretExpiresAt === null
      ? {}
      : { previous_secret_expires_at: new Date(row.previousSecretExpiresAt).toISOString() }),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
