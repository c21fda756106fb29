/**
 * A person creates an account. The response and the work are the same whether the account exists or not: the owner of
 * the address gets a mail in both cases. An unconfirmed account cannot be used.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { makeId } from "#core/contract/identifier.ts";
import { commit } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { gateMail } from "../attempts/gate.ts";
import { makeLink, requireLinkOrigin } from "../mail/links.ts";
import { type Mailer, mailerOf } from "../mail/mailer.ts";
import { existingAccountMail, verificationMail } from "../mail/texts.ts";
import { hashPassword } from "../passwords/password.ts";
import { type PasswordFault, passwordFault } from "../passwords/rules.ts";
import { normalizeEmail } from "./email.ts";
import { findAccountByEmail, signUpStatements } from "./store.ts";

export interface SignUp {
  /** The address as the person typed it. It must be valid. */
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export type SignedUp =
  | { readonly outcome: "mailed" }
  | { readonly outcome: "weak"; readonly fault: PasswordFault }
  | { readonly outcome: "wait"; readonly seconds: number };

/**
 * @throws not-found if sign-up is closed
 * @throws service-unavailable while no origin is configured for links
 * @throws RangeError if the text is not an email address
 */
export async function signUp({ email, name, password }: SignUp, context: RequestContext): Promise<SignedUp> {
  if (context.settings.signUp === "closed") throw problem("not-found");
  const origin = requireLinkOrigin(context);
  const address = normalizeEmail(email);
  if (address === undefined) throw new RangeError("sign-up: not an email address");
  const fault = await passwordFault(password, address);
  if (fault !== undefined) return { outcome: "weak", fault };
  const gate = await gateMail(context, "sign-up", address);
  if (gate.outcome !== "open") return gate;
  const { database, now, randomBytes } = context;
  const mailer = mailerOf(context);
  const link = await makeLink("verify-email", context);
  const account = {
    id: makeId("user", now, randomBytes(10)),
    email: address,
    name,
    passwordHash: await hashPassword(password, randomBytes),
    now,
  };
  await commit(database, { guards: [], statements: signUpStatements(database, account, link) });
  context.defer(tell(address, { url: link.url, origin }, mailer, context));
  return { outcome: "mailed" };
}

async function tell(
  address: string,
  { url, origin }: { readonly url: string; readonly origin: string },
  mailer: Mailer,
  { database }: RequestContext,
): Promise<void> {
  const account = await findAccountByEmail(database, address);
  if (account === undefined) return;
  const isConfirmed = account.emailVerifiedAt !== undefined;
  await mailer.send(isConfirmed ? existingAccountMail(address, origin) : verificationMail(address, url));
}
