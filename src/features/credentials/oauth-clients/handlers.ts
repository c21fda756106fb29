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
import { heldScopes } from "#core/contract/scopes.ts";
import { updateRow } from "#core/data/collection.ts";
import { commit } from "#core/data/commit.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { endKeysOfClient } from "#features/identity/api-keys/store.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { CLIENT_SECRET_RANDOM_BYTES, writeClientSecret } from "#features/identity/clients/secrets.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements, tokenStillHolds } from "#features/identity/revocations/store.ts";
import { PROTOCOL_SCOPES } from "#features/identity/server/scopes.ts";
import { columnsOf, representationOf, rowOf } from "#features/resources/collections/columns.ts";
import { insertRow } from "#features/resources/collections/queries.ts";
import { answerOf, changeOf, commitChange, laterOf, unchangedAnswer } from "#features/resources/versioned.ts";
import { conflict, refuseFaults, scopeFaults, stillCurrent } from "../refusals.ts";
import type { OauthClientCollection } from "./collection.ts";
import {
  type OauthClient,
  type OauthClientChange,
  type OauthClientInput,
  OauthClientResource,
  type OauthClientRotation,
} from "./contract.ts";
import { endServiceAccount, forgetArtifacts, insertServiceAccount, oauthClients, rotateSecret } from "./queries.ts";

type Change = z.output<typeof OauthClientChange>;
type OneClient = { readonly id: string };
type WriteCall = Call<OneClient, unknown, unknown, Current<OauthClient>>;

/** @throws validation-error; forbidden for a client that would act for itself with more than the token holds */
export async function createOauthClient(
  collection: OauthClientCollection,
  call: Call<unknown, unknown, z.output<typeof OauthClientInput>>,
): Promise<ResourceAnswer> {
  const { ability, body, database, now, origin, principal } = call;
  refuseScopes(body, call);
  const id = call.newId("client");
  authorizeObject(ability, { action: "create", subject: OauthClientResource.collection }, { ...body, id });
  const clientId = id.slice("client_".length);
  const accountId = actsForItself(body) ? call.newId("user") : null;
  const secret = body.type === "public" ? undefined : writeClientSecret(call.randomBytes(CLIENT_SECRET_RANDOM_BYTES));
  const row = {
    ...columnsOf(collection, collection.input, body),
    id,
    clientId,
    accountId,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  const client = insertRow(collection, database, {
    ...row,
    secretHash: secret === undefined ? null : await hashSecret(secret),
  });
  const account = accountStatement(call, { accountId, clientId, name: body.name }, body.account_role ?? "customer");
  await commit(database, {
    guards: tokenStillHolds(principal, origin),
    // The client row refers to its account, which must be inserted first.
    statements: account === undefined ? [client] : [account, client],
    resourceId: id,
  });
  return {
    ...answerOf(representationOf(collection), row, 201),
    ...(secret === undefined ? {} : { once: { client_secret: secret } }),
  };
}

/**
 * @throws conflict for a public client that would act for itself; validation-error or forbidden for more than the token
 * holds
 */
export async function changeOauthClient(
  collection: OauthClientCollection,
  call: Call<OneClient, unknown, Change, Current<OauthClient>>,
): Promise<ResourceAnswer> {
  const { ability, body, current, database, now, origin, principal } = call;
  const { type, client_id: clientId, account_id: formerAccountId } = current.members;
  const before = rowOf(collection, current);
  const columns = columnsOf(collection, collection.change, body);
  const change = changeOf(call, before, { ...before, ...columns });
  if (change === undefined) return unchangedAnswer(current, OauthClientResource);
  if (type === "public" && actsForItself(body)) {
    throw conflict("A public client has no credentials, so it cannot use `client_credentials`.");
  }
  if (isLess(body, current.members)) {
    refuseScopes(body, call);
    authorizeObject(
      ability,
      { action: "extend", subject: OauthClientResource.collection },
      { ...current.members, ...body },
    );
  }
  const isNewService = formerAccountId === undefined && actsForItself(body);
  const accountId = isNewService ? call.newId("user") : (formerAccountId ?? null);
  const account = isNewService
    ? accountStatement(call, { accountId, clientId, name: body.name }, "customer")
    : undefined;
  const revoked = isLess(current.members, body) ? [revocationOf("client", clientId, now)] : [];
  await commitChange(call, oauthClients, change, {
    guards: tokenStillHolds(principal, origin),
    statements: [
      // The client row can refer to its account only once the account exists.
      ...(account === undefined ? [] : [account, updateRow(database, oauthClients, current.members.id, { accountId })]),
      ...revocationStatements(database, revoked),
    ],
  });
  noteRevoked(revoked);
  return answerOf(representationOf(collection), { ...before, ...change, accountId }, 200);
}

/**
 * Without an overlap, the access tokens that were issued for the old secret end with it.
 *
 * @throws conflict for a public client, or if a concurrent request changed the client
 */
export async function rotateOauthClientSecret(
  collection: OauthClientCollection,
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
    guards: [...tokenStillHolds(principal, origin), stillCurrent(oauthClients, id, current.version, "client")],
    statements: [rotateSecret(database, id, rotation), ...revocationStatements(database, revoked)],
  });
  noteRevoked(revoked);
  return {
    ...answerOf(representationOf(collection), { ...rowOf(collection, current), ...rotation }, 200),
    once: { client_secret: secret },
  };
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

/** A client that acts for itself gets at most what the token that grants this holds. */
function refuseScopes(body: Change, { principal, scopes }: Pick<WriteCall, "principal" | "scopes">): void {
  if (!actsForItself(body)) return;
  refuseFaults(scopeFaults(body.scopes, [...PROTOCOL_SCOPES, ...heldScopes(scopes, principal)]));
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
  { accountId, clientId, name }: Pick<typeof oauthClients.$inferSelect, "accountId" | "clientId" | "name">,
  role: Role,
) {
  if (accountId === null) return undefined;
  const email = `${clientId}@service.invalid`;
  return insertServiceAccount(database, { id: accountId, email, name, role, createdAt: now, updatedAt: now });
}
