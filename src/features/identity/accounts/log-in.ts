/**
 * A person signs in with email address and password. Unknown accounts and unconfirmed addresses take the same work and
 * get the same response, so a refusal does not reveal which accounts exist.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { gateLogIn } from "../attempts/gate.ts";
import { hashPassword, needsRehash, verifyPassword } from "../passwords/password.ts";
import type { AccountWithPassword, LoggedIn } from "./account.ts";
import { emailKey } from "./email.ts";
import type { Refusal } from "./refusal.ts";
import { findAccountByEmail, hasPassword, replaceHash } from "./store.ts";

export type { LoggedIn } from "./account.ts";

/** RFC 8176 section 2. */
export const PASSWORD_METHODS = ["pwd"] as const;

export interface LogIn {
  /** As the person typed it. */
  readonly email: string;
  readonly password: string;
  /** The response of the challenge widget, if the page showed one. */
  readonly challenge?: string | undefined;
}

/** @throws service-unavailable if attempts cannot be counted or the challenge cannot be checked */
export async function logIn(
  { email, password, challenge }: LogIn,
  context: RequestContext,
): Promise<LoggedIn | Refusal> {
  const key = emailKey(email);
  const gate = await gateLogIn(context, { email: key, challenge });
  if (gate.outcome !== "open") return gate;
  const account = await findAccountByEmail(context.database, key);
  const isRight = await verifyPassword(password, account?.passwordHash);
  if (!isRight || account?.passwordHash === undefined || account.emailVerifiedAt === undefined) {
    return { outcome: "wrong" };
  }
  await gate.succeed();
  const { passwordHash } = account;
  return loggedIn(
    account,
    needsRehash(passwordHash) ? await rehash(account.id, password, passwordHash, context) : passwordHash,
  );
}

/** `passwordHash` is the hash that the password was verified against. */
export function loggedIn({ passwordHash: _, ...account }: AccountWithPassword, passwordHash: string): LoggedIn {
  return {
    outcome: "in",
    account,
    methods: PASSWORD_METHODS,
    holding: [hasPassword(account.id, passwordHash)],
  };
}

/** Completes before the response, because the sign-in that follows asserts the hash that was verified. */
async function rehash(userId: string, password: string, former: string, context: RequestContext): Promise<string> {
  const hash = await hashPassword(password, context.randomBytes);
  await replaceHash(context.database, userId, former, hash);
  return hash;
}
