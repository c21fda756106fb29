/** Resets passwords by email. The response to a request does not depend on whether the account exists. */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { ATTEMPT_POLICIES } from "#core/contract/limit.ts";
import { listOtherWays } from "#features/identity/accounts/other-ways.ts";
import { tooManyAttempts } from "#features/identity/accounts/refusal.ts";
import { requestReset, resetPassword } from "#features/identity/accounts/reset.ts";
import { readLink } from "#features/identity/mail/links.ts";
import { entry, form, refusal, submit } from "../fields.ts";
import { MAX_EMAIL } from "../form-fields.ts";
import { deadLink, type LinkForm, type LinkVisit } from "../mail-link.ts";
import { NEW_PASSWORD } from "../new-password.ts";
import { keepPart, keptBy } from "../other-ways.ts";
import type { PersonalPage } from "../page.ts";
import { weakPassword } from "../refused.ts";
import type { LeadOn, Visit } from "../visit.ts";

/** Shows `/reset`. */
export async function showReset({ csrf, attempt }: Visit): Promise<PersonalPage> {
  const fields = html`${entry({ name: "email", label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL }, attempt)}
${submit("Send link")}`;
  return {
    title: "Reset your password",
    description: "Get a link by email to choose a new password.",
    content: html`<p class="lead">Enter the email address of your account. We send you a link to choose a new password.</p>
${refusal(attempt)}
${form("/reset", csrf, fields)}
<ul class="ways"><li>Remember your password? <a href="/login">Sign in</a></li></ul>`,
  };
}

/** Emails a link if the account exists. @throws quota-exceeded */
export async function submitReset(call: Call<unknown, unknown, { readonly email: string }>): Promise<LeadOn> {
  const result = await requestReset({ email: call.body.email }, call);
  if (result.outcome === "wait") throw tooManyAttempts(result.seconds, ATTEMPT_POLICIES.reset);
  return { location: "/check-mail" };
}

/** Shows the page of the link for a new password. Changes nothing. @throws not-found */
export async function showNewPassword({ call, csrf, attempt }: LinkVisit): Promise<PersonalPage> {
  const { token } = call.params;
  const link = await readLink(token, "reset-password", call);
  if (link === undefined) throw deadLink();
  const ways = await listOtherWays(call.database, link.userId, call.now);
  // Password managers store the password under this address.
  const fields = html`${entry({ name: "email", label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL, value: link.email, isFixed: true })}
${entry({ ...NEW_PASSWORD, label: "New password" }, attempt)}
${keepPart(ways, attempt)}
${submit("Set password")}`;
  return {
    title: "Choose a new password",
    description: "Choose a new password for your account.",
    content: html`<p class="lead">With a new password, all browsers and apps have to sign in again.</p>
${refusal(attempt)}
${form(`/reset/${encodeURIComponent(token)}`, csrf, fields)}`,
  };
}

/** Sets the password. @throws not-found, validation-error */
export async function submitNewPassword(call: LinkForm<{ readonly password: string }>): Promise<LeadOn> {
  const { password } = call.body;
  const result = await resetPassword({ token: call.params.token, password, keep: keptBy(call.body) }, call);
  if (result.outcome === "weak") throw weakPassword(result.fault);
  return { location: "/login?notice=password-set" };
}
