/** The sign-in form, for its own page, for authorizations and for devices. */
import { html } from "hono/html";
import { passkeysPossible } from "#features/identity/passkeys/relying-party.ts";
import type { Markup } from "../../markup.ts";
import { challengePart, challengeReference, entry, form, needsChallenge, refusal, submit } from "../fields.ts";
import { MAX_EMAIL, MAX_PASSWORD } from "../form-fields.ts";
import type { PersonalPage } from "../page.ts";
import type { Attempt, Visit } from "../visit.ts";

/** The same text for a wrong password, an unknown account and an unconfirmed address, so it does not reveal accounts. */
export const WRONG = "The email address or the password is wrong, or the address is not confirmed yet.";

/** The URL and the initial content of the form. */
export interface LogInForm {
  readonly action: string;
  readonly email?: string;
  /** Additional hidden fields. */
  readonly fields?: Markup;
  /** Whether the form offers passkeys, which it sends to its own path plus `/passkey`. Default: yes. */
  readonly hasPasskey?: false;
}

/** Renders the form and the links to the alternatives. */
export function logInForm<P>(visit: Visit<P>, { action, email, fields: more, hasPasskey }: LogInForm): Markup {
  const { csrf, attempt, call } = visit;
  const { settings, origin } = call;
  const fields = html`${more ?? ""}${entry({ name: "email", label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL, ...(email === undefined ? {} : { value: email }) }, attempt)}
${entry({ name: "password", label: "Password", type: "password", autocomplete: "current-password", maxLength: MAX_PASSWORD }, attempt)}
${challengePart(attempt, call)}
${submit("Sign in")}`;
  return html`${refusal(attempt, ...(isChallenge(attempt) ? [challengeReference] : []))}
${form(action, csrf, fields)}
${hasPasskey !== false && passkeysPossible(origin) ? passkeyPart(csrf, action) : ""}
<ul class="ways">
${settings.signUp === "open" ? html`<li><a href="/sign-up">Sign up</a></li>` : ""}
<li><a href="/reset">Forgot your password?</a></li>
</ul>`;
}

/** What the page with the form needs. */
export function logInNeeds<P>({ attempt, call }: Visit<P>): NonNullable<PersonalPage["needs"]> {
  return {
    script: passkeysPossible(call.origin),
    challenge: needsChallenge(attempt) && call.settings.turnstile !== undefined,
  };
}

function isChallenge(attempt: Attempt | undefined): boolean {
  return attempt?.failure.type === "challenge-required";
}

/** The script shows this part if the browser supports passkeys. */
function passkeyPart(csrf: string, action: string): Markup {
  return html`<div class="passkey" id="passkey-log-in" data-csrf="${csrf}" data-action="${action}/passkey" hidden>
<button class="button" type="button">Sign in with a passkey</button>
<p class="fault" role="alert"></p>
</div>`;
}
