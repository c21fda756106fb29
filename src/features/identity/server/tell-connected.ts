/** Tells the owner of an account that an app may use it from now on. */
import type { Surroundings } from "#core/contract/doors.ts";
import type { Account } from "../accounts/account.ts";
import { tellOwner } from "../mail/tell-owner.ts";
import { countGrants } from "./store.ts";

/**
 * To be called once the consent is stored. Each authorization asks for consent anew, so an app that the account has let in
 * before, and not ended since, is no news.
 */
export function tellConnected(
  surroundings: Surroundings,
  { id, email }: Pick<Account, "id" | "email">,
  clientId: string,
): void {
  const { database, now } = surroundings;
  const isFirst = async () => (await countGrants(database, id, clientId, now)) <= 1;
  tellOwner(surroundings, { email }, { kind: "app-connected" }, isFirst);
}
