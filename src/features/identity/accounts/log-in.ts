/**
 * A person logs in with e-mail and password. Guarantees the same work for an account that does not exist, and the same
 * answer for one whose address is not confirmed: what is refused does not tell which accounts there are.
 */
import type { Surroundings } from "#core/contract/doors.ts";
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
  /** As typed. */
  readonly email: string;
  readonly password: string;
  /** What the challenge's widget gave, where it was shown. */
  readonly challenge?: string | undefined;
}

/** @throws service-unavailable where attempts cannot be counted, or a challenge not be checked */
export async function logIn(
  { email, password, challenge }: LogIn,
  surroundings: Surroundings,
): Promise<LoggedIn | Refusal> {
  const key = emailKey(email);
  const gate = await gateLogIn(surroundings, { email: key, challenge });
  if (gate.outcome !== "open") return gate;
  const account = await findAccountByEmail(surroundings.database, key);
  const isRight = await verifyPassword(password, account?.passwordHash);
  if (!isRight || account?.passwordHash === undefined || account.emailVerifiedAt === undefined) {
    return { outcome: "wrong" };
  }
  await gate.succeed();
  const { passwordHash } = account;
  return loggedIn(
    account,
    needsRehash(passwordHash) ? await rehash(account.id, password, passwordHash, surroundings) : passwordHash,
  );
}

/** `passwordHash` is what the password was verified against. */
export function loggedIn({ passwordHash: _, ...account }: AccountWithPassword, passwordHash: string): LoggedIn {
  return {
    outcome: "in",
    account,
    methods: PASSWORD_METHODS,
    holding: [hasPassword(account.id, passwordHash)],
  };
}

/** Before the answer, since the sign-in that follows asks for the hash that was proved. */
async function rehash(userId: string, password: string, former: string, surroundings: Surroundings): Promise<string> {
  const hash = await hashPassword(password, surroundings.randomBytes);
  await replaceHash(surroundings.database, userId, former, hash);
  return hash;
}
