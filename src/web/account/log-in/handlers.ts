/** The page `/login`, outside an authorization. After signing in, the browser goes to the account page. */
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
  "signed-out": "You are signed out.",
  "password-set": "Your password was changed. Sign in with the new one.",
} as const;

/** Shows `/login`. */
export async function showLogIn(visit: Visit): Promise<PersonalPage> {
  const signIn = await readSignIn(visit.call);
  const known = html`<p class="note">You are signed in as ${signIn?.account.email}. <a href="/account">Go to your account</a>.</p>`;
  return {
    title: "Sign in",
    description: "Sign in with email and password, or with a passkey.",
    content: html`${notice(visit.call.url, NOTICES)}
${signIn === undefined ? "" : known}
${logInForm(visit, { action: "/login" })}`,
    needs: logInNeeds(visit),
  };
}

/** The submitted sign-in form. */
export interface LogInFields {
  readonly email: string;
  readonly password: string;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

type FormCall = Call<unknown, unknown, LogInFields>;

/** Checks the email address and password of the form. @throws validation-error, challenge-required, quota-exceeded, service-unavailable */
export async function provenBy(call: FormCall) {
  const { email, password, [CHALLENGE_FIELD]: challenge } = call.body;
  const result = await logIn({ email, password, ...(challenge === undefined ? {} : { challenge }) }, call);
  if (result.outcome === "in") return result;
  throw refusedPassword(result, WRONG);
}

/** Signs the browser in. @throws as `provenBy` does */
export async function submitLogIn(call: FormCall): Promise<LeadOn> {
  const { cookie } = await startSignIn(call, await provenBy(call));
  return { location: "/account", cookies: [cookie] };
}
