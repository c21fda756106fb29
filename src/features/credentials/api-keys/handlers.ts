/**
 * What happens to API keys. A secret is made here, shown in the one answer that made it, and known to nobody
 * afterwards: only its hash is stored.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { type Principal, SCOPES } from "#core/contract/principal.ts";
import { isAt } from "#core/data/collection.ts";
import { commit } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { API_KEY_RANDOM_BYTES, hintOf, writeApiKey } from "#features/identity/api-keys/format.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
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
type OneKey = { readonly id: string };
type Shown = Omit<ApiKeyRow, "seq" | "secretHash" | "previousSecretHash" | "deletedAt">;

const MAX_KEYS = 50;

const API_KEY = { resource: ApiKeyResource, memberOf };

export async function readApiKey(call: Call<OneKey, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(API_KEY, await findApiKey(call.database, call.params.id), 200);
}

export async function currentApiKey(call: Call<OneKey, unknown, undefined>): Promise<Current<ApiKey> | null> {
  return currentOf(API_KEY, await findApiKey(call.database, call.params.id));
}

/** @throws validation-error, conflict where the account has no room for another, forbidden where it is gone */
export async function createApiKey(call: Call<unknown, unknown, Input>): Promise<ResourceAnswer> {
  const { body, database, now, principal } = call;
  const faults = [...scopeFaults(body, principal), ...expiryFaults(body, now)];
  if (faults.length > 0) throw invalid(faults);
  const userId = callerAccountId(principal);
  const secret = writeApiKey(call.randomBytes(API_KEY_RANDOM_BYTES));
  const row = {
    id: call.newId("key"),
    userId,
    name: body.name,
    hint: hintOf(secret),
    scopes: SCOPES.filter((scope) => body.scopes.includes(scope)),
    expiresAt: timeOf(body.expires_at),
    lastUsedOn: null,
    previousSecretExpiresAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await commit(database, {
    guards: [
      callerHasAccount(principal),
      {
        condition: hasRoom(userId, MAX_KEYS),
        refusal: (cause) => conflict(`An account has at most ${MAX_KEYS} keys. Revoke one first.`, cause),
      },
    ],
    statements: [insertApiKey(database, { ...row, secretHash: await hashSecret(secret) })],
    resourceId: row.id,
  });
  return { ...answerOf(API_KEY, row, 201), once: { secret } };
}

export async function changeApiKey(
  call: Call<OneKey, unknown, z.output<typeof ApiKeyChange>, Current<ApiKey>>,
): Promise<ResourceAnswer> {
  const { body, current } = call;
  const before = rowOf(current);
  const after = { name: body.name, expiresAt: timeOf(body.expires_at) };
  const change = changeOf(call, { name: before.name, expiresAt: before.expiresAt }, after);
  if (change === undefined) return unchangedAnswer(current, ApiKeyResource);
  await commitChange(call, apiKeys, change);
  return answerOf(API_KEY, { ...before, ...change }, 200);
}

/**
 * The present secret counts for the overlap that the body names, and one before it no longer.
 *
 * @throws conflict where somebody else changed the key at the same moment: no secret was shown that does not count
 */
export async function rotateApiKey(
  call: Call<OneKey, unknown, z.output<typeof ApiKeyRotation>, Current<ApiKey>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now } = call;
  const { id } = call.params;
  const secret = writeApiKey(call.randomBytes(API_KEY_RANDOM_BYTES));
  const rotation = {
    secretHash: await hashSecret(secret),
    hint: hintOf(secret),
    previousSecretExpiresAt: now + body.overlap_seconds * 1000,
    version: current.version + 1,
    updatedAt: laterOf(call),
  };
  await commit(database, {
    guards: [
      {
        condition: isAt(apiKeys, id, current.version),
        refusal: (cause) => conflict("The key was changed at the same moment. Nothing was rotated.", cause),
      },
    ],
    statements: [rotateSecret(database, id, rotation)],
  });
  return { ...answerOf(API_KEY, { ...rowOf(current), ...rotation }, 200), once: { secret } };
}

export async function revokeApiKey(call: Call<OneKey, unknown, undefined, Current<ApiKey>>): Promise<EmptyAnswer> {
  return commitDeletion(call, apiKeys);
}

/** A key permits no more than its maker was permitted when it was made. */
function scopeFaults(body: Input, principal: Principal): RequestFault[] {
  const own = principal.kind === "anonymous" ? [] : principal.scopes;
  return body.scopes.flatMap((scope, index) =>
    own.includes(scope)
      ? []
      : [{ pointer: `#/scopes/${index}`, code: "not-permitted", detail: `This principal has no scope \`${scope}\`.` }],
  );
}

function expiryFaults({ expires_at }: Input, now: number): RequestFault[] {
  const expiresAt = timeOf(expires_at);
  if (expiresAt === null || expiresAt > now) return [];
  return [{ pointer: "#/expires_at", code: "too-small", detail: "`expires_at` must lie ahead." }];
}

function invalid(errors: readonly RequestFault[]): Problem {
  return problem("validation-error", { detail: errors.map(({ detail }) => detail).join(" "), errors });
}

function conflict(detail: string, cause: unknown): Problem {
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
    version,
    createdAt: Date.parse(members.created_at),
    updatedAt: Date.parse(members.updated_at),
  };
}

export function memberOf(row: Shown): ApiKey {
  return {
    id: row.id,
    user_id: row.userId,
    name: row.name,
    hint: row.hint,
    scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
    ...(row.expiresAt === null ? {} : { expires_at: new Date(row.expiresAt).toISOString() }),
    ...(row.lastUsedOn === null ? {} : { last_used_on: row.lastUsedOn }),
    ...(row.previousSecretExpiresAt === null
      ? {}
      : { previous_secret_expires_at: new Date(row.previousSecretExpiresAt).toISOString() }),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
