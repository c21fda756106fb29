/**
 * Write operations on users. A change of the role and a deletion revoke the account's access tokens. A deletion
 * anonymizes the account in one commit: other records keep its id and no personal data.
 */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import type { EraseAccount } from "#core/contract/module.ts";
import type { Guard } from "#core/data/commit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements, tokenStillHolds } from "#features/identity/revocations/store.ts";
import { type ChangeCall, changeRow } from "#features/resources/collections/handlers.ts";
import { commitChange, laterOf } from "#features/resources/versioned.ts";
import { userCollection } from "./collection.ts";
import type { User, UserInput } from "./contract.ts";
import { anonymousColumns, hasOtherAdmin, isFree, isPerson, users } from "./queries.ts";

type ChangeUser = ChangeCall<User, z.output<typeof UserInput>>;

/**
 * If a change of the role or the email address could extend a person's access, the write asserts that the access token
 * is not revoked.
 *
 * @throws conflict if the email address is taken, if the user is the last admin, or if the account belongs to a client
 */
export async function changeUser(call: ChangeUser): Promise<ResourceAnswer> {
  const { body, current, database, origin, principal } = call;
  const { id, role } = current.members;
  const email = body.email === current.members.email ? undefined : body.email;
  const hasNewRole = body.role !== role;
  if (email?.endsWith(".invalid")) throw keptForOthers();
  const revoked = hasNewRole ? [revocationOf("account", id, call.now)] : [];
  const answer = await changeRow(userCollection, call, {
    guards: [
      staysPerson(id),
      ...(email === undefined && !hasNewRole ? [] : tokenStillHolds(principal, origin)),
      ...(email === undefined ? [] : [hasFreeEmail(email, id)]),
      ...(hasNewRole && role === "admin" ? [leavesAdmin(id)] : []),
    ],
    statements: revocationStatements(database, revoked),
  });
  noteRevoked(revoked);
  if (email !== undefined) tellOfChange(call, "email-changed");
  if (hasNewRole) tellOfChange(call, "role-changed");
  return answer;
}

/** Mails both the former and the new address, so the owner learns of an unwanted change. */
function tellOfChange(call: ChangeUser, kind: "email-changed" | "role-changed"): void {
  for (const email of new Set([call.current.members.email, call.body.email])) tellOwner(call, { email }, { kind });
}

/** @throws conflict if the user is the last admin, or if the account belongs to a client */
export async function deleteUser(
  call: Call<unknown, unknown, undefined, Current<User>>,
  eraseAccount: EraseAccount,
): Promise<EmptyAnswer> {
  const { current, database } = call;
  const { id, role } = current.members;
  const now = laterOf(call);
  const tombstone = { ...anonymousColumns(id), version: current.version + 1, updatedAt: now, deletedAt: now };
  await commitChange(call, users, tombstone, {
    guards: [staysPerson(id), ...(role === "admin" ? [leavesAdmin(id)] : [])],
    statements: eraseAccount(database, id, now),
  });
  noteRevoked([revocationOf("account", id, now)]);
  return { kind: "empty", status: 204 };
}

/** Names under that domain (RFC 2606) are reserved for the accounts of clients and of deleted users. */
function keptForOthers(): Problem {
  return problem("conflict", {
    detail: "Email addresses that end in `.invalid` are reserved for accounts without mail.",
  });
}

function staysPerson(id: string): Guard {
  return conflictUnless(isPerson(id), "The account belongs to an OAuth client. Change or delete the client instead.");
}

function hasFreeEmail(email: string, id: string): Guard {
  return conflictUnless(isFree(email, id), "Another account has this email address.");
}

function leavesAdmin(id: string): Guard {
  return conflictUnless(hasOtherAdmin(id), "The last admin cannot be removed. Make another user an admin first.");
}

function conflictUnless(condition: Guard["condition"], detail: string): Guard {
  return { condition, refusal: (cause) => problem("conflict", { detail, cause }) };
}
