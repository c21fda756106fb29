/** Mails the owner of an account when a new app may use it. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Account } from "../accounts/account.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { countGrants } from "./store.ts";

/**
 * Call it once the consent is stored. Each authorization asks for consent again, so an app that already has access
 * causes no mail.
 */
export function tellConnected(
  context: RequestContext,
  { id, email }: Pick<Account, "id" | "email">,
  clientId: string,
): void {
  const { database, now } = context;
  const isFirst = async () => (await countGrants(database, id, clientId, now)) <= 1;
  tellOwner(context, { email }, { kind: "app-connected" }, isFirst);
}
