/**
 * Sign-up and confirmation of the email address. Only an email to the address reveals whether it already has an account.
 * Opening a link does not use it up, because email scanners follow links.
 */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { ATTEMPT_POLICIES } from "#core/contract/limit.ts";
import { Problem } from "#core/http/problem.ts";
import { normalizeEmail } from "#features/identity/accounts/email.ts";
import { tooManyAttempts } from "#features/identity/accounts/refusal.ts";
import { signUp } from "#features/identity/accounts/sign-up.ts";
import { verifyEmail } from "#features/identity/accounts/verify-email.ts";
import { readLink } from "#features/identity/mail/links.ts";
import { startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { challengePart, challengeReference, entry, form, needsChallenge, refusal, submit } from "../fields.ts";
import { MAX_EMAIL, MAX_NAME, MAX_PASSWORD } from "../form-fields.ts";
import type { LinkForm, LinkVisit } from "../mail-link.ts";
import { hasMailbox } from "../mailbox/endpoints.ts";
import { NEW_PASSWORD } from "../new-password.ts";
import type { PersonalPage } from "../page.ts";
import { fieldProblem, refuseDeceptive, refusedPassword, weakPassword } from "../refused.ts";
import type { LeadOn, Visit } from "../visit.ts";
import { deadVerification } from "./dead-link.ts";

const WRONG = "This is not the password that you chose at sign-up.";

type Texts<Names extends string> = Call<unknown, unknown, Readonly<Record<Names, string>>>;

/** Shows `/sign-up`. */
export async function showSignUp({ csrf, attempt }: Visit): Promise<PersonalPage> {
  const fields = html`${entry({ name: "name", label: "Name", type: "text", autocomplete: "name", maxLength: MAX_NAME }, attempt)}
${entry({ name: "email", label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL }, attempt)}
${entry({ ...NEW_PASSWORD, label: "Password" }, attempt)}
${submit("Sign up")}`;
  return {
    title: "Sign up",
    description: "Create an account with a name, an email address and a password.",
    content: html`<p class="lead">We send you an email with a link that confirms your address.</p>
${refusal(attempt)}
${form("/sign-up", csrf, fields)}
<ul class="ways"><li>Already have an account? <a href="/login">Sign in</a></li></ul>`,
  };
}

/** Creates the account and redirects to `/check-mail`. @throws validation-error, quota-exceeded */
export async function submitSignUp(call: Texts<"email" | "name" | "password">): Promise<LeadOn> {
  const { email, password } = call.body;
  const name = call.body.name.trim();
  if (name === "") throw fieldProblem("name", "empty", "Enter your name.");
  refuseDeceptive("name", "The name", name);
  const address = normalizeEmail(email);
  // RFC 2606: `.invalid` never receives email. The service gives such addresses to accounts that cannot sign in.
  if (address === undefined || address.endsWith(".invalid"))
    throw fieldProblem("email", "invalid", "Enter a valid email address.");
  const result = await signUp({ email, name, password }, call);
  if (result.outcome === "weak") throw weakPassword(result.fault);
  if (result.outcome === "wait") throw tooManyAttempts(result.seconds, ATTEMPT_POLICIES["sign-up"]);
  return { location: "/check-mail" };
}

/** Shows the page of the link that confirms an email address. Changes nothing. @throws not-found */
export async function showVerify({ call, csrf, attempt }: LinkVisit): Promise<PersonalPage> {
  const { token } = call.params;
  const link = await readLink(token, "verify-email", call);
  if (link === undefined) throw await deadVerification(call);
  const { turnstile } = call.settings;
  const fields = html`${entry({ name: "password", label: "Password", type: "password", autocomplete: "current-password", maxLength: MAX_PASSWORD, hint: "The password that you chose at sign-up." }, attempt)}
${challengePart(attempt, call)}
${submit("Confirm and sign in")}`;
  return {
    title: "Confirm your email address",
    description: "Confirm that the email address of the account is yours.",
    content: html`<p class="lead">Enter your password to confirm <strong>${link.email}</strong>. If you did not sign up, close this
page. Without the password, nothing changes.</p>
${refusal(attempt, ...(attempt?.failure.type === "challenge-required" ? [challengeReference] : []))}
${form(`/verify/${encodeURIComponent(token)}`, csrf, fields)}`,
    needs: { challenge: needsChallenge(attempt) && turnstile !== undefined },
  };
}

/** Confirms the email address and signs the browser in. @throws not-found, validation-error, challenge-required, quota-exceeded */
export async function submitVerify(
  call: LinkForm<{ readonly password: string; readonly [CHALLENGE_FIELD]?: string | undefined }>,
): Promise<LeadOn> {
  const { password, [CHALLENGE_FIELD]: challenge } = call.body;
  const { token } = call.params;
  const proof = { token, password, ...(challenge === undefined ? {} : { challenge }) };
  const result = await verifyEmail(proof, call).catch(async (failure: unknown) => {
    throw failure instanceof Problem && failure.type === "not-found" ? await deadVerification(call) : failure;
  });
  if (result.outcome !== "in") throw refusedPassword(result, WRONG);
  const { cookie } = await startSignIn(call, result);
  return { location: "/account?notice=email-verified", cookies: [cookie] };
}

/** Shows the page that follows a form that sends an email. */
export async function showCheckMail({ call }: Visit): Promise<PersonalPage> {
  return {
    title: "Check your email",
    description: "The next step is in an email.",
    content: html`<p class="lead">If the address can be used for this, we have sent you an email with a link. The link works once, for a
limited time.</p>
<p class="measure">No email after a few minutes? Check your spam folder, or try again.</p>
${hasMailbox(call.settings) ? html`<p class="actions"><a class="button" href="/mailbox">Open the local mailbox</a></p>` : ""}`,
  };
}
