/**
 * A signed-in person chooses a new password. The old password is required and counts as a log-in attempt, so an
 * unattended browser cannot be used to guess it.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
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
  /** The response of the challenge widget, if the page showed one. */
  readonly challenge?: string | undefined;
  /** The sign-in of this browser, which stays valid. */
  readonly keep?: Pick<SignIn, "idHash"> | undefined;
  /** The passkeys and API keys that stay valid. Default: all. */
  readonly keepWays?: KeptWays;
}

/**
 * Sets the password, and ends all other sign-ins, grants and tokens of the account. Passkeys and API keys stay unless
 * `keepWays` says otherwise.
 *
 * @throws service-unavailable if attempts cannot be counted or the challenge cannot be checked
 * @throws unauthorized if the password changed in the meantime, or this browser was signed out
 */
export async function changePassword(
  { account: { id, email }, current, password, challenge, keep, keepWays = KEEP_ALL }: PasswordChange,
  context: RequestContext,
): Promise<{ readonly outcome: "done" } | { readonly outcome: "weak"; readonly fault: PasswordFault } | Refusal> {
  const fault = await passwordFault(password, email);
  if (fault !== undefined) return { outcome: "weak", fault };
  const gate = await gateLogIn(context, { email, challenge });
  if (gate.outcome !== "open") return gate;
  const { database, now } = context;
  const former = (await findAccount(database, id))?.passwordHash;
  const isRight = await verifyPassword(current, former);
  if (!isRight || former === undefined) return { outcome: "wrong" };
  await gate.succeed();
  const [passwordHash, ways] = await Promise.all([
    hashPassword(password, context.randomBytes),
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
  tellOwner(context, { email }, { kind: "password-changed", ...countEnded(ways, keepWays) });
  return { outcome: "done" };
}
