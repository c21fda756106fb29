/**
 * Operations on OAuth clients. A client that acts for itself gets its account in the same commit. Its tokens and API
 * keys end with it, and its access tokens end when it loses permissions. Only the response that creates a secret
 * contains it; only its hash is stored. A write asserts that the access token is not revoked.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Role } from "#core/contract/principal.ts";
import { heldScopes, type Scopes } from "#core/contract/scopes.ts";
import { isAt, updateRow } from "#core/data/collection.ts";
import { commit } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { endKeysOfClient } from "#features/identity/api-keys/store.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { GRANT_TYPES } from "#features/identity/clients/rules.ts";
import { CLIENT_SECRET_RANDOM_BYTES, writeClientSecret } from "#features/identity/clients/secrets.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements, tokenStillHolds } from "#features/identity/revocations/store.ts";
import { PROTOCOL_SCOPES, requestableScopes } from "#features/identity/server/scopes.ts";
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
type ScopeContext = { readonly scopes: Scopes };
type OneClient = { readonly id: string };
type Shown = Omit<OauthClientRow, "seq" | "secretHash" | "previousSecretHash" | "deletedAt" | "credentialVersion">;
type WriteCall = Call<OneClient, unknown, unknown, Current<OauthClient>>;

/** The representation of clients in a service with those scopes. */
export function oauthClientIn({ scopes }: ScopeContext) {
  return { resource: OauthClientResource, memberOf: (row: Shown) => memberOf(row, scopes) };
}

export async function readOauthClient(call: Call<OneClient, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(oauthClientIn(call), await findOauthClient(call.database, call.params.id), 200);
}

export async function currentOauthClient(
  call: Call<OneClient, unknown, undefined>,
): Promise<Current<OauthClient> | null> {
  return currentOf(oauthClientIn(call), await findOauthClient(call.database, call.params.id));
}

/** @throws validation-error; forbidden for a client that would act for itself with more than the token holds */
export async function createOauthClient(
  call: Call<unknown, unknown, z.output<typeof OauthClientInput>>,
): Promise<ResourceAnswer> {
  const { ability, body, database, now, origin, principal } = call;
  const faults = scopeFaults(body, call);
  if (faults.length > 0) throw invalid(faults);
  const id = call.newId("client");
  authorizeObject(ability, { action: "create", subject: OauthClientResource.collection }, { ...body, id });
  const clientId = id.slice("client_".length);
  const accountId = actsForItself(body) ? call.newId("user") : null;
  const secret = body.type === "public" ? undefined : writeClientSecret(call.randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const row = {
    id,
    clientId,
    type: body.type,
    ...columnsOf(body, call.scopes),
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
    guards: tokenStillHolds(principal, origin),
    // The client row refers to its account, which must be inserted first.
    statements: account === undefined ? [client] : [account, client],
    resourceId: id,
  });
  const created = answerOf(oauthClientIn(call), row, 201);
  return secret === undefined ? created : { ...created, once: { client_secret: secret } };
}

/**
 * @throws conflict for a public client that would act for itself; validation-error or forbidden for more than the token
 * holds
 */
export async function changeOauthClient(
  call: Call<OneClient, unknown, Change, Current<OauthClient>>,
): Promise<ResourceAnswer> {
  const { ability, body, current, database, now, origin, principal } = call;
  const before = rowOf(current, call);
  const columns = columnsOf(body, call.scopes);
  const isExtended = isLess(body, current.members);
  if (JSON.stringify(columns) === JSON.stringify(columnsOf(current.members, call.scopes))) {
    return unchangedAnswer(current, OauthClientResource);
  }
  if (before.type === "public" && actsForItself(body)) {
    throw conflict("A public client has no credentials, so it cannot use `client_credentials`.");
  }
  if (isExtended) {
    const faults = scopeFaults(body, call);
    if (faults.length > 0) throw invalid(faults);
    authorizeObject(
      ability,
      { action: "extend", subject: OauthClientResource.collection },
      { ...current.members, ...body },
    );
  }
  const isNewService = before.accountId === null && actsForItself(body);
  const accountId = isNewService ? call.newId("user") : before.accountId;
  const account = isNewService ? accountStatement(call, { ...before, ...columns, accountId }, "customer") : undefined;
  const change = { ...columns, version: current.version + 1, updatedAt: laterOf(call) };
  const revoked = isLess(current.members, body) ? [revocationOf("client", before.clientId, now)] : [];
  await commitChange(call, oauthClients, change, {
    guards: tokenStillHolds(principal, origin),
    statements: [
      // The client row can refer to its account only once the account exists.
      ...(account === undefined ? [] : [account, updateRow(database, oauthClients, before.id, { accountId })]),
      ...revocationStatements(database, revoked),
    ],
  });
  noteRevoked(revoked);
  return answerOf(oauthClientIn(call), { ...before, ...change, accountId }, 200);
}

/**
 * Without an overlap, the access tokens that were issued for the old secret end with it.
 *
 * @throws conflict for a public client, or if a concurrent request changed the client
 */
export async function rotateOauthClientSecret(
  call: Call<OneClient, unknown, z.output<typeof OauthClientRotation>, Current<OauthClient>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now, origin, principal } = call;
  const { id, client_id: clientId, type } = current.members;
  if (type === "public") throw conflict("A public client has no secret.");
  const secret = writeClientSecret(call.randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const rotation = {
    secretHash: await hashSecret(secret),
    previousSecretExpiresAt: now + body.overlap_seconds * 1000,
    version: current.version + 1,
    updatedAt: laterOf(call),
  };
  const revoked = body.overlap_seconds === 0 ? [revocationOf("client", clientId, now)] : [];
  await commit(database, {
    guards: [
      ...tokenStillHolds(principal, origin),
      {
        condition: isAt(oauthClients, id, current.version),
        refusal: (cause) => conflict("A concurrent request changed the client. The secret was not rotated.", cause),
      },
    ],
    statements: [rotateSecret(database, id, rotation), ...revocationStatements(database, revoked)],
  });
  noteRevoked(revoked);
  const rotated = answerOf(oauthClientIn(call), { ...rowOf(current, call), ...rotation }, 200);
  return { ...rotated, once: { client_secret: secret } };
}

/** Ends the client, everything that was issued to it (API keys included), and the account that it acted as. */
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
        endKeysOfClient(database, clientId, now),
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

/** A client that acts for itself gets at most what the token that grants this holds. */
function scopeFaults(body: Change, { principal, scopes }: Pick<WriteCall, "principal" | "scopes">): RequestFault[] {
  if (!actsForItself(body)) return [];
  const held: readonly string[] = [...PROTOCOL_SCOPES, ...heldScopes(scopes, principal)];
  return body.scopes.flatMap((scope, index) =>
    held.includes(scope)
      ? []
      : [
          {
            pointer: `#/scopes/${index}`,
            code: "not-permitted",
            detail: `The access token does not have the scope \`${scope}\`.`,
          },
        ],
  );
}

function invalid(errors: readonly RequestFault[]): Problem {
  return problem("validation-error", { detail: errors.map(({ detail }) => detail).join(" "), errors });
}

function actsForItself({ grant_types }: Pick<Change, "grant_types">): boolean {
  return grant_types.includes("client_credentials");
}

/** Whether `before` permits tokens that `after` does not. */
function isLess(before: Change, after: Change): boolean {
  const lost = (had: readonly string[], has: readonly string[]) => had.some((name) => !has.includes(name));
  return (
    lost(before.scopes, after.scopes) ||
    lost(before.grant_types, after.grant_types) ||
    (after.requires_dpop && !before.requires_dpop)
  );
}

/** Creates the client's own account if it needs one. */
function accountStatement(
  { database, now }: Pick<Call<unknown, unknown, unknown>, "database" | "now">,
  { accountId, clientId, name }: Pick<OauthClientRow, "accountId" | "clientId" | "name">,
  role: Role,
) {
  if (accountId === null) return undefined;
  const email = `${clientId}@service.invalid`;
  return insertServiceAccount(database, { id: accountId, email, name, role, createdAt: now, updatedAt: now });
}

/** Lists that represent sets contain each name once, in one canonical order. */
function columnsOf(input: Change, scopes: Scopes) {
  return {
    name: input.name,
    redirectUris: [...new Set(input.redirect_uris)],
    postLogoutRedirectUris: [...new Set(input.post_logout_redirect_uris)],
    grantTypes: GRANT_TYPES.filter((grant) => input.grant_types.includes(grant)),
    scopes: requestableScopes(scopes).filter((scope) => input.scopes.includes(scope)),
    requiresDpop: input.requires_dpop,
  };
}

function rowOf({ members, version }: Current<OauthClient>, { scopes }: ScopeContext): Shown {
  const { previous_secret_expires_at: previousSecretExpiresAt } = members;
  return {
    id: members.id,
    clientId: members.client_id,
    type: members.type,
    ...columnsOf(members, scopes),
    accountId: members.account_id ?? null,
    previousSecretExpiresAt: previousSecretExpiresAt === undefined ? null : Date.parse(previousSecretExpiresAt),
    version,
    createdAt: Date.parse(members.created_at),
    updatedAt: Date.parse(members.updated_at),
  };
}

function memberOf(row: Shown, scopes: Scopes): OauthClient {
  return {
    id: row.id,
    client_id: row.clientId,
    type: row.type,
    name: row.name,
    redirect_uris: [...row.redirectUris],
    post_logout_redirect_uris: [...row.postLogoutRedirectUris],
    grant_types: GRANT_TYPES.filter((grant) => row.grantTypes.includes(grant)),
    scopes: requestableScopes(scopes).filter((scope) => row.scopes.includes(scope)),
    requires_dpop: row.requiresDpop,
    ...(row.accountId === null ? {} : { account_id: row.accountId }),
    ...(row.previousSecretExpiresAt === null
      ? {}
      : { previous_secret_expires_at: new Date(row.previousSecretExpiresAt).toISOString() }),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
