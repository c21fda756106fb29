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
import { callerAccountId } from "#features/identity/accounts/caller.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { noteRevoked } from "#features/identity/revocations/memory.ts";
import { revocationOf } from "#features/identity/revocations/revocation.ts";
import { revocationStatements, tokenStillHolds } from "#features/identity/revocations/store.ts";
import {
  answerOf,
  changeOf,
  commitChange,
  currentOf,
  laterOf,
  unchangedAnswer,
} from "#features/resources/versioned.ts";
import { type User, type UserInput, UserResource } from "./contract.ts";
import { anonymousColumns, findUser, hasOtherAdmin, isFree, isPerson, type UserRow, users } from "./queries.ts";

type Input = z.output<typeof UserInput>;
type OneUser = { readonly id: string };
type Read<P> = Call<P, unknown, undefined>;
type Shown = Pick<UserRow, "id" | "email" | "name" | "role" | "version" | "createdAt" | "updatedAt">;

const USER = { resource: UserResource, memberOf };

export async function readUser(call: Read<OneUser>): Promise<ResourceAnswer> {
  return answerOf(USER, await findUser(call.database, call.params.id), 200);
}

export async function readMe(call: Read<unknown>): Promise<ResourceAnswer> {
  return answerOf(USER, await findUser(call.database, callerAccountId(call.principal)), 200);
}

export async function currentUser(call: Read<OneUser>): Promise<Current<User> | null> {
  return currentOf(USER, await findUser(call.database, call.params.id));
}

export async function currentMe(call: Read<unknown>): Promise<Current<User> | null> {
  return currentOf(USER, await findUser(call.database, callerAccountId(call.principal)));
}

/**
 * If a change of the role or the email address could extend a person's access, the write asserts that the access token
 * is not revoked.
 *
 * @throws conflict if the email address is taken, if the user is the last admin, or if the account belongs to a client
 */
export async function changeUser(call: Call<unknown, unknown, Input, Current<User>>): Promise<ResourceAnswer> {
  const { current, body, database, origin, principal } = call;
  const { id, role, created_at } = current.members;
  const change = changeOf(call, columnsOf(current.members), columnsOf(body));
  if (change === undefined) return unchangedAnswer(current, UserResource);
  if (change.email?.endsWith(".invalid")) throw keptForOthers();
  const revoked = change.role === undefined ? [] : [revocationOf("account", id, call.now)];
  await commitChange(call, users, change, {
    guards: [
      staysPerson(id),
      ...(change.email === undefined && change.role === undefined ? [] : tokenStillHolds(principal, origin)),
      ...(change.email === undefined ? [] : [hasFreeEmail(change.email, id)]),
      ...(change.role !== undefined && role === "admin" ? [leavesAdmin(id)] : []),
    ],
    statements: revocationStatements(database, revoked),
  });
  noteRevoked(revoked);
  tellOfChange(call, change);
  const { version, updatedAt } = change;
  return answerOf(USER, { ...columnsOf(body), id, version, createdAt: Date.parse(created_at), updatedAt }, 200);
}

/** Mails both the former and the new address, so the owner learns of an unwanted change. */
function tellOfChange(
  call: Call<unknown, unknown, Input, Current<User>>,
  { email, role }: Pick<Partial<User>, "email" | "role">,
): void {
  const former = call.current.members.email;
  const recipients = email === undefined ? [former] : [former, email];
  if (email !== undefined) for (const to of recipients) tellOwner(call, { email: to }, { kind: "email-changed" });
  if (role !== undefined) for (const to of recipients) tellOwner(call, { email: to }, { kind: "role-changed" });
}

/** @throws conflict if the user is the last admin, or if the account belongs to a client */
export async function deleteUser(
  call: Call<OneUser, unknown, undefined, Current<User>>,
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

function columnsOf({ email, name, role }: Input) {
  return { email, name, role };
}

export function memberOf(row: Shown): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
