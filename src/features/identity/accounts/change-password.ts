/**
 * A person who is signed in chooses a new password. Asks for the old one, under the same gate as a log-in: an open
 * browser is not to be a place to guess at.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { commit } from "#core/data/commit.ts";
import { gateLogIn } from "../attempts/gate.ts";
import { dropLinksOf } from "../mail/store.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { hashPassword, verifyPassword } from "../passwords/password.ts";
import { type PasswordFault, passwordFault } from "../passwords/rules.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import { isSignedIn, type SignIn } from "../sign-ins/store.ts";
import type { Account } from "./account.ts";
import { countEnded, endOtherWays, KEEP_ALL, type KeptWays, listOtherWays } from "./other-ways.ts";
import type { Refusal } from "./refusal.ts";
import { findAccount, hasPassword, revokeAccountStatements, setPassword } from "./store.ts";

export interface PasswordChange {
  readonly account: Account;
  readonly current: string;
  readonly password: string;
  /** What the challenge's widget gave, where it was shown. */
  readonly challenge?: string | undefined;
  /** The sign-in of this browser, which goes on. */
  readonly keep?: Pick<SignIn, "idHash"> | undefined;
  /** Passkeys and API keys. Default: all stay. */
  readonly keepWays?: KeptWays;
}

/**
 * Sets the password, and ends all other sign-ins, all grants and all tokens of the account. Passkeys and API keys stay,
 * unless the change says otherwise.
 *
 * @throws service-unavailable where attempts cannot be counted, or a challenge not be checked
 * @throws unauthorized where the password was changed meanwhile, or this browser was logged out
 */
export async function changePassword(
  { account: { id, email }, current, password, challenge, keep, keepWays = KEEP_ALL }: PasswordChange,
  surroundings: Surroundings,
): Promise<{ readonly outcome: "done" } | { readonly outcome: "weak"; readonly fault: PasswordFault } | Refusal> {
  const fault = await passwordFault(password, email);
  if (fault !== undefined) return { outcome: "weak", fault };
  const gate = await gateLogIn(surroundings, { email, challenge });
  if (gate.outcome !== "open") return gate;
  const { database, now } = surroundings;
  const former = (await findAccount(database, id))?.passwordHash;
  const isRight = await verifyPassword(current, former);
  if (!isRight || former === undefined) return { outcome: "wrong" };
  await gate.succeed();
  const [passwordHash, ways] = await Promise.all([
    hashPassword(password, surroundings.randomBytes),
    listOtherWays(database, id, now),
  ]);
  await commit(database, {
    guards: [hasPassword(id, former), ...(keep === undefined ? [] : [isSignedIn(keep.idHash, now)])],
    statements: [
      setPassword(database, id, passwordHash, now),
      dropLinksOf(database, id),
      ...revokeAccountStatements(database, id, now, keep?.idHash),
      ...endOtherWays(database, id, keepWays, now),
    ],
  });
  noteRevoked([revocationOf("account", id, now)]);
  tellOwner(surroundings, { email }, { kind: "password-changed", ...countEnded(ways, keepWays) });
  return { outcome: "done" };
}
