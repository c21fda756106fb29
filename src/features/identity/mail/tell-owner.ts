/** Mails the owner of an account about a change to its credentials, after the response. */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { findAccount } from "../accounts/store.ts";
import { type CredentialEvent, credentialMail } from "./credential-events.ts";
import { linkOrigin } from "./links.ts";
import { mailerOf } from "./mailer.ts";

/** An account by its id, or known addresses. */
export type Owner = { readonly accountId: string } | { readonly email: string };

/**
 * Call it once the change is committed. If the mail cannot be sent, the change stands and the failure is logged.
 * Accounts of OAuth clients have no mailbox and are skipped. `isNews` decides whether to send the mail; default:
 * always.
 */
export function tellOwner(
  context: RequestContext,
  owner: Owner,
  event: CredentialEvent,
  isNews: () => Promise<boolean> = async () => true,
): void {
  const mailer = mailerOf(context);
  const origin = linkOrigin(context);
  async function tell(): Promise<void> {
    if (!(await isNews())) return;
    const email = await emailOf(context, owner);
    if (email !== undefined) await mailer.send(credentialMail(email, event, origin));
  }
  context.defer(tell());
}

async function emailOf({ database }: RequestContext, owner: Owner): Promise<string | undefined> {
  return "email" in owner ? owner.email : (await findAccount(database, owner.accountId))?.email;
}
