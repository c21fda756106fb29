/**
 * Write operations on API keys. Only the response that creates a secret contains it; only its hash is stored. A write
 * that creates or extends a key asserts in its batch that the access token is not revoked.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import { heldScopes } from "#core/contract/scopes.ts";
import { commit } from "#core/data/commit.ts";
import type { RequestFault } from "#core/http/problem.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { API_KEY_RANDOM_BYTES, hintOf, writeApiKey } from "#features/identity/api-keys/format.ts";
import { hashSecret } from "#features/identity/api-keys/secret.ts";
import { authorizeObject } from "#features/identity/authorize-object.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { tokenStillHolds } from "#features/identity/revocations/store.ts";
import { columnsOf, representationOf, rowOf } from "#features/resources/collections/columns.ts";
import { changeRow, deleteRow } from "#features/resources/collections/handlers.ts";
import { insertRow } from "#features/resources/collections/queries.ts";
import { answerOf, laterOf } from "#features/resources/versioned.ts";
import { conflict, refuseFaults, scopeFaults, stillCurrent } from "../refusals.ts";
import type { ApiKeyCollection } from "./collection.ts";
import { type ApiKey, type ApiKeyChange, type ApiKeyInput, ApiKeyResource, type ApiKeyRotation } from "./contract.ts";
import { apiKeys, hasRoom, rotateSecret } from "./queries.ts";

type WriteCall<Sent> = Call<unknown, unknown, Sent, Current<ApiKey>>;

const MAX_KEYS = 50;

/**
 * @throws validation-error; conflict if the account has the maximum number of keys; forbidden if the account is deleted
 */
export async function createApiKey(
  collection: ApiKeyCollection,
  call: Call<unknown, unknown, z.output<typeof ApiKeyInput>>,
): Promise<ResourceAnswer> {
  const { body, database, now, principal } = call;
  // A key permits at most what the token that creates it permits.
  refuseFaults([
    ...scopeFaults(body.scopes, heldScopes(call.scopes, principal)),
    ...expiryFaults(timeOf(body.expires_at), now),
  ]);
  const userId = callerAccountId(principal);
  const secret = writeApiKey(call.randomBytes(API_KEY_RANDOM_BYTES));
  const row = {
    ...columnsOf(collection, collection.input, body),
    id: call.newId("key"),
    userId,
    hint: hintOf(secret),
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
    statements: [insertRow(collection, database, { ...row, secretHash: await hashSecret(secret) })],
    resourceId: row.id,
  });
  tellOwner(call, { accountId: userId }, { kind: "api-key-created" });
  return { ...answerOf(representationOf(collection), row, 201), once: { secret } };
}

/**
 * Renames the key or moves its expiry. An expired key can still be renamed.
 *
 * @throws validation-error if the expiry is in the past; forbidden if the token may not extend the key
 */
export async function changeApiKey(
  collection: ApiKeyCollection,
  call: WriteCall<z.output<typeof ApiKeyChange>>,
): Promise<ResourceAnswer> {
  const { ability, body, now, origin, principal } = call;
  const { members } = call.current;
  const [before, after] = [timeOf(members.expires_at), timeOf(body.expires_at)];
  if (after !== before) refuseFaults(expiryFaults(after, now));
  const isExtended = (after ?? Number.POSITIVE_INFINITY) > (before ?? Number.POSITIVE_INFINITY);
  if (isExtended) authorizeObject(ability, { action: "extend", subject: ApiKeyResource.collection }, members);
  const answer = await changeRow(collection, call, {
    guards: isExtended ? tokenStillHolds(principal, origin) : [],
  });
  if (after !== before) tellOwner(call, { accountId: members.user_id }, { kind: "api-key-changed" });
  return answer;
}

/**
 * The present secret stays valid for the overlap that the body names, but at most until the key expires. The secret
 * before it ends.
 *
 * @throws conflict if the key has expired or a concurrent request changed it, so the response never contains a secret
 * that does not work
 */
export async function rotateApiKey(
  collection: ApiKeyCollection,
  call: WriteCall<z.output<typeof ApiKeyRotation>>,
): Promise<ResourceAnswer> {
  const { body, current, database, now, principal } = call;
  const { id, user_id: accountId } = current.members;
  const expiresAt = timeOf(current.members.expires_at);
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
    guards: [...tokenStillHolds(principal, call.origin), stillCurrent(apiKeys, id, current.version, "key")],
    statements: [rotateSecret(database, id, rotation)],
  });
  tellOwner(call, { accountId }, { kind: "api-key-rotated" });
  return {
    ...answerOf(representationOf(collection), { ...rowOf(collection, current), ...rotation }, 200),
    once: { secret },
  };
}

export async function revokeApiKey(collection: ApiKeyCollection, call: WriteCall<undefined>): Promise<EmptyAnswer> {
  const revoked = await deleteRow(collection, call);
  tellOwner(call, { accountId: call.current.members.user_id }, { kind: "api-key-revoked" });
  return revoked;
}

/** The client and the grant that receive a secret. The secret ends with either of them. */
function recipientOf(principal: Principal) {
  const token = principal.kind === "anonymous" ? undefined : principal.token;
  return { clientId: token?.client_id ?? null, grantId: token?.grant ?? null };
}

function expiryFaults(expiresAt: number | null, now: number): RequestFault[] {
  if (expiresAt === null || expiresAt > now) return [];
  return [{ pointer: "#/expires_at", code: "too-small", detail: "`expires_at` must be in the future." }];
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}
