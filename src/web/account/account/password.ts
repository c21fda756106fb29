/**
 * The page `/account/password`. It requires the current password, so that an unattended browser is not enough to take over
 * the account.
 */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { changePassword } from "#features/identity/accounts/change-password.ts";
import { listOtherWays } from "#features/identity/accounts/other-ways.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { challengePart, challengeReference, entry, form, needsChallenge, refusal, submit } from "../fields.ts";
import { MAX_EMAIL, MAX_PASSWORD } from "../form-fields.ts";
import { NEW_PASSWORD } from "../new-password.ts";
import { keptUnlessRemoved, removePart } from "../other-ways.ts";
import type { PersonalPage } from "../page.ts";
import { fieldProblem, refusedPassword, weakPassword } from "../refused.ts";
import type { LeadOn, Visit } from "../visit.ts";
import { whenSignedIn } from "./signed-in.ts";

const WRONG = "The current password is incorrect.";

/** Shows `/account/password`, or redirects to the sign-in page. */
export async function showPassword({ call, csrf, attempt }: Visit): Promise<PersonalPage | LeadOn> {
  return whenSignedIn(call, async ({ account }) => {
    const { turnstile } = call.settings;
    const ways = await listOtherWays(call.database, account.id, call.now);
    const fields = html`${entry({ name: "email", label: "Email", type: "email", autocomplete: "username", maxLength: MAX_EMAIL, value: account.email, isFixed: true })}
${entry({ name: "current", label: "Current password", type: "password", autocomplete: "current-password", maxLength: MAX_PASSWORD }, attempt)}
${entry({ ...NEW_PASSWORD, label: "New password" }, attempt)}
${removePart(ways, attempt)}
${challengePart(attempt, call)}
${submit("Change password")}`;
    return {
      title: "Change your password",
      description: "Change the password of your account.",
      content: html`<p class="lead">All other browsers and all apps that use your account are signed out. This browser stays signed in.</p>
${refusal(attempt, ...(attempt?.failure.type === "challenge-required" ? [challengeReference] : []))}
${form("/account/password", csrf, fields)}
<ul class="ways"><li><a href="/account">Back to your account</a></li><li><a href="/reset">Forgot your password?</a></li></ul>`,
      needs: { challenge: needsChallenge(attempt) && turnstile !== undefined },
    };
  });
}

interface PasswordFields {
  readonly current: string;
  readonly password: string;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

/** Changes the password. @throws validation-error, challenge-required, quota-exceeded */
export async function submitPassword(call: Call<unknown, unknown, PasswordFields>): Promise<LeadOn> {
  return whenSignedIn(call, async (keep) => {
    const { current, password, [CHALLENGE_FIELD]: challenge } = call.body;
    const { account } = keep;
    const answered = challenge === undefined ? {} : { challenge };
    const keepWays = keptUnlessRemoved({ ...call.body });
    const result = await changePassword({ account, current, password, keep, keepWays, ...answered }, call);
    switch (result.outcome) {
      case "done":
        return { location: "/account?notice=password-changed" };
      case "weak":
        throw weakPassword(result.fault);
      case "wrong":
        throw fieldProblem("current", "wrong", WRONG);
      default:
        throw refusedPassword(result, WRONG);
    }
  });
}
