/** `/login`, outside of any authorization. A person who logs in here goes to their account. */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { logIn } from "#features/identity/accounts/log-in.ts";
import { readSignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { notice } from "../fields.ts";
import type { PersonalPage } from "../page.ts";
import { refusedPassword } from "../refused.ts";
import type { LeadOn, Visit } from "../visit.ts";
import { logInForm, logInNeeds, WRONG } from "./form.ts";

const NOTICES = {
  "signed-out": "You are logged out.",
  "password-set": "The password is changed. Log in with the new one.",
} as const;

/** The page of `/login`, in each of its states. */
export async function showLogIn(visit: Visit): Promise<PersonalPage> {
  const signIn = await readSignIn(visit.call);
  const known = html`<p class="note">You are logged in as ${signIn?.account.email}: <a href="/account">your account</a>.</p>`;
  return {
    title: "Log in",
    description: "Log in with e-mail and password, or with a passkey.",
    content: html`${notice(visit.call.url, NOTICES)}
${signIn === undefined ? "" : known}
${logInForm(visit, { action: "/login" })}`,
    needs: logInNeeds(visit),
  };
}

/** A log-in, as it was typed. */
export interface LogInFields {
  readonly email: string;
  readonly password: string;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

type FormCall = Call<unknown, unknown, LogInFields>;

/** Proves who sends the form. @throws validation-error, challenge-required, quota-exceeded, service-unavailable */
export async function provenBy(call: FormCall) {
  const { email, password, [CHALLENGE_FIELD]: challenge } = call.body;
  const result = await logIn({ email, password, ...(challenge === undefined ? {} : { challenge }) }, call);
  if (result.outcome === "in") return result;
  throw refusedPassword(result, WRONG);
}

/** Logs the browser in. @throws as `provenBy` does */
export async function submitLogIn(call: FormCall): Promise<LeadOn> {
  const { cookie } = await startSignIn(call, await provenBy(call));
  return { location: "/account", cookies: [cookie] };
}
