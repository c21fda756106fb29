/** A person signs out of every browser, app and access token of their account. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { commit } from "#core/data/commit.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { noteRevoked } from "../revocations/memory.ts";
import { revocationOf } from "../revocations/revocation.ts";
import type { Account } from "./account.ts";
import { countEnded, endOtherWays, KEEP_ALL, type KeptWays, listOtherWays } from "./other-ways.ts";
import { revokeAccountStatements } from "./store.ts";

/** Signs the person out everywhere. Passkeys and API keys stay, unless `keep` says otherwise. */
export async function logOutEverywhere(
  { id, email }: Pick<Account, "id" | "email">,
  context: RequestContext,
  keep: KeptWays = KEEP_ALL,
): Promise<void> {
  const { database, now } = context;
  const ways = await listOtherWays(database, id, now);
  const [first, ...others] = revokeAccountStatements(database, id, now);
  await commit(database, { guards: [], statements: [first, ...others, ...endOtherWays(database, id, keep, now)] });
  noteRevoked([revocationOf("account", id, now)]);
  tellOwner(context, { email }, { kind: "logged-out-everywhere", ...countEnded(ways, keep) });
}
