/**
 * Write operations on API keys. Only the response that creates a secret contains it; only its hash is stored. A write
 * that creates or extends a key asserts in its batch that the access token is not revoked.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import { heldScopes, knownScopes, type Scopes } from "#core/contract/scopes.ts";
import { isAt } from "#core/data/collection.ts";
import { commit } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { API_KEY_RANDOM_BYTES, hintOf, writeApiKey } from "#features/identity/api-keys/format.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { tokenStillHolds } from "#features/identity/revocations/store.ts";
import {
  answerOf,
  changeOf,
  commitChange,
  commitDeletion,
  currentOf,
  laterOf,
  unchangedAnswer,
} from "#features/resources/versioned.ts";
import { type ApiKey, type ApiKeyChange, type ApiKeyInput, ApiKeyResource, type ApiKeyRotation } from "./contract.ts";
import { type ApiKeyRow, apiKeys, findApiKey, hasRoom, insertApiKey, rotateSecret } from "./queries.ts";

type Input = z.output<typeof ApiKeyInput>;
type CreateCall = Call<unknown, unknown, Input>;
type OneKey = { readonly id: string };
type Shown = Omit<
  ApiKeyRow,
  "seq" | "secretHash" | "previousSecretHash" | "deletedAt" | "grantId" | "previousClientId" | "previousGrantId"
>;

const MAX_KEYS = 50;

/** The representation of keys in a service with those scopes. */
export function apiKeyIn({ scopes }: { readonly scopes: Scopes }) {
  return { resource: ApiKeyResource, memberOf: (row: Shown) => memberOf(row, scopes) };
}

export async function readApiKey(call: Call<OneKey, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(apiKeyIn(call), await findApiKey(call.database, call.params.id), 200);
}

export async function currentApiKey(call: Call<OneKey, unknown, undefined>): Promise<Current<ApiKey> | null> {
  return currentOf(apiKeyIn(call), await findApiKey(call.database, call.params.id));
}

/**
 * @throws validation-error; conflict if the account has the maximum number of keys; forbidden if the account is deleted
 */
export async function createApiKey(call: CreateCall): Promise<ResourceAnswer> {
  const { body, database, now, principal } = call;
  const expiresAt = timeOf(body.expires_at);
  const faults = [...scopeFaults(body, call), ...expiryFaults(expiresAt, now)];
  if (faults.length > 0) throw invalid(faults);
  const userId = callerAccountId(principal);
  const secret = writeApiKey(call.randomBytes(API_KEY_RANDOM_BYTES));
  const row = {
    id: call.newId("key"),
    userId,
    name: body.name,
    hint: hintOf(secret),
    scopes: knownScopes(call.scopes, body.scopes),
    expiresAt,
    lastUsedOn: null,
    previousSecretExpiresAt: null,
    ...recipientOf(principal),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await commit(database, {
    guards: [
      ...tokenStillHolds(principal, call.origin),
      callerHasAccount(principal),
      {
        condition: hasRoom(userId, MAX_KEYS),
        refusal: (cause) => conflict(`An account can have at most ${MAX_KEYS} API keys. Revoke one first.`, cause),
      },
    ],
    statements: [insertApiKey(database, { ...row, secretHash: await hashSecret(secret) })],
    resourceId: row.id,
  });
  tellOwner(call, { accountId: userId }, { kind: "api-key-created" });
  return { ...answerOf(apiKeyIn(call), row, 201), once: { secret } };
}

/**
 * Renames the key or moves its expiry. An expired key can still be renamed.
 *
 * @throws validation-error if the expiry is in the past; forbidden if the token may not extend the key
 */
export async function changeApiKey(
  call: Call<OneKey, unknown, z.output<typeof ApiKeyChange>, Current<ApiKey>>,
): Promise<ResourceAnswer> {
  const { ability, body, current, now, origin, principal } = call;
  const before = rowOf(current);
  const after = { name: body.name, expiresAt: timeOf(body.expires_at) };
  const faults = after.expiresAt === before.expiresAt ? [] : expiryFaults(after.expiresAt, now);
  if (faults.length > 0) throw invalid(faults);
  const isExtended = (after.expiresAt ?? Number.POSITIVE_INFINITY) > (before.expiresAt ?? Number.POSITIVE_INFINITY);
  if (isExtended) authorizeObject(ability, { action: "extend", subject: ApiKeyResource.collection }, current.members);
  const change = changeOf(call, { name: before.name, expiresAt: before.expiresAt }, after);
  if (change === undefined) return unchangedAnswer(current, ApiKeyResource);
  await commitChange(call, apiKeys, change, { guards: isExtended ? tokenStillHolds(principal, origin) : [] });
  if ("expiresAt" in change) tellOwner(call, { accountId: before.userId }, { kind: "api-key-changed" });
  return answerOf(apiKeyIn(call), { ...before, ...change }, 200);
}

/**
 * The present secret stays valid for the overlap that the body names, but at most until the key expires. The secret
 * before it ends.
 *
 * @throws conflict if the key has expired or a concurrent request changed it, so the response never contains a secret
 * that does not work
 */
export async function rotateApiKey(
  call: Call<OneKey, unknown, z.output<typeof ApiKeyRotation>, Current<ApiKey>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now, principal } = call;
  const { id } = call.params;
  const { expiresAt } = rowOf(current);
  if (expiresAt !== null && expiresAt <= now) {
    throw conflict(
      "The key has expired, so a new secret would not work. Extend its expiry first, or create another key.",
    );
  }
  const secret = writeApiKey(call.randomBytes(API_KEY_RANDOM_BYTES));
  const rotation = {
    secretHash: await hashSecret(secret),
    hint: hintOf(secret),
    previousSecretExpiresAt: Math.min(now + body.overlap_seconds * 1000, expiresAt ?? Number.POSITIVE_INFINITY),
    ...recipientOf(principal),
    version: current.version + 1,
    updatedAt: laterOf(call),
  };
  await commit(database, {
    guards: [
      ...tokenStillHolds(principal, call.origin),
      {
        condition: isAt(apiKeys, id, current.version),
        refusal: (cause) => conflict("A concurrent request changed the key. The secret was not rotated.", cause),
      },
    ],
    statements: [rotateSecret(database, id, rotation)],
  });
  tellOwner(call, { accountId: current.members.user_id }, { kind: "api-key-rotated" });
  return { ...answerOf(apiKeyIn(call), { ...rowOf(current), ...rotation }, 200), once: { secret } };
}

export async function revokeApiKey(call: Call<OneKey, unknown, undefined, Current<ApiKey>>): Promise<EmptyAnswer> {
  const revoked = await commitDeletion(call, apiKeys);
  tellOwner(call, { accountId: call.current.members.user_id }, { kind: "api-key-revoked" });
  return revoked;
}

/** The client and the grant that receive a secret. The secret ends with either of them. */
function recipientOf(principal: Principal) {
  const token = principal.kind === "anonymous" ? undefined : principal.token;
  return { clientId: token?.client_id ?? null, grantId: token?.grant ?? null };
}

/** A key permits at most what the token that creates it permits. */
function scopeFaults(body: Input, { principal, scopes }: CreateCall): RequestFault[] {
  const own = heldScopes(scopes, principal);
  return body.scopes.flatMap((scope, index) =>
    own.includes(scope)
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

function expiryFaults(expiresAt: number | null, now: number): RequestFault[] {
  if (expiresAt === null || expiresAt > now) return [];
  return [{ pointer: "#/expires_at", code: "too-small", detail: "`expires_at` must be in the future." }];
}

function invalid(errors: readonly RequestFault[]): Problem {
  return problem("validation-error", { detail: errors.map(({ detail }) => detail).join(" "), errors });
}

function conflict(detail: string, cause?: unknown): Problem {
  return problem("conflict", { detail, cause });
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

function rowOf({ members, version }: Current<ApiKey>): Shown {
  return {
    id: members.id,
    userId: members.user_id,
    name: members.name,
    hint: members.hint,
    scopes: members.scopes,
    expiresAt: timeOf(members.expires_at),
    lastUsedOn: members.last_used_on ?? null,
    previousSecretExpiresAt: timeOf(members.previous_secret_expires_at),
    clientId: members.client_id ?? null,
    version,
    createdAt: Date.parse(members.created_at),
    updatedAt: Date.parse(members.updated_at),
  };
}

function memberOf(row: Shown, scopes: Scopes): ApiKey {
  return {
    id: row.id,
    user_id: row.userId,
    name: row.name,
    hint: row.hint,
    scopes: knownScopes(scopes, row.scopes),
    ...(row.clientId === null ? {} : { client_id: row.clientId }),
    ...(row.expiresAt === null ? {} : { expires_at: new Date(row.expiresAt).toISOString() }),
    ...(row.lastUsedOn === null ? {} : { last_used_on: row.lastUsedOn }),
    ...(row.previousSecretExpiresAt === null
      ? {}
      : { previous_secret_expires_at: new Date(row.previousSecretExpiresAt).toISOString() }),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
