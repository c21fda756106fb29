/** The page `/account`: the data of the signed-in person, and the forms to manage passkeys, apps, API keys and sign-ins. */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { logOutEverywhere } from "#features/identity/accounts/log-out-everywhere.ts";
import { listOtherWays } from "#features/identity/accounts/other-ways.ts";
import { endSignIn, readSignIn, type SignIn } from "#features/identity/sign-ins/sign-in.ts";
import type { Markup } from "../../markup.ts";
import { form, notice, refusal } from "../fields.ts";
import { keptUnlessRemoved, removePart } from "../other-ways.ts";
import type { PersonalPage } from "../page.ts";
import { passkeysSection } from "../passkeys/section.ts";
import { momentOf } from "../times.ts";
import type { LeadOn, Visit } from "../visit.ts";
import { accessSections, readAccess } from "./access.ts";
import { isRecent, whenSignedIn } from "./signed-in.ts";

const NOTICES = {
  "email-verified": "Your email address is confirmed, and you are signed in.",
  "password-changed": "Your password was changed. All other browsers and all apps have to sign in again.",
  "passkey-added": "The passkey was added. You can sign in with it from now on.",
  "passkey-removed": "The passkey was removed.",
  "app-removed": "The app was removed. Its access has ended.",
  "api-key-revoked": "The API key was revoked.",
} as const;

/** Shows `/account`, or redirects to the sign-in page. */
export async function showAccount(visit: Visit): Promise<PersonalPage | LeadOn> {
  return whenSignedIn(visit.call, async (signIn) => accountPage(visit, signIn));
}

async function accountPage(visit: Visit, signIn: SignIn): Promise<PersonalPage> {
  const { call, csrf, attempt } = visit;
  const { account } = signIn;
  const [ways, access] = await Promise.all([
    listOtherWays(call.database, account.id, call.now),
    readAccess(call, account.id),
  ]);
  const { passkeys } = ways;
  const canAdd = isRecent(signIn, call.now);
  return {
    title: "Your account",
    description: "Your name, email address, passkeys, apps, API keys and sign-ins.",
    content: html`${notice(call.url, NOTICES)}
${refusal(attempt)}
<dl class="facts">
<div><dt>Name</dt><dd>${account.name}</dd></div>
<div><dt>Email</dt><dd>${account.email} ${confirmation(account.emailVerifiedAt !== undefined)}</dd></div>
<div><dt>Role</dt><dd>${account.role}</dd></div>
<div><dt>Account id</dt><dd><code>${account.id}</code></dd></div>
</dl>
<section aria-labelledby="password-heading">
<h2 id="password-heading">Password</h2>
<p class="actions"><a class="button" href="/account/password">Change password</a></p>
</section>
${passkeysSection({ passkeys, csrf, origin: call.origin, canAdd })}
${accessSections(access, csrf, call)}
<section aria-labelledby="sign-ins-heading">
<h2 id="sign-ins-heading">Where you are signed in</h2>
<p class="measure">Signed in here ${methodsInWords(signIn.methods)} at ${momentOf(signIn.authenticatedAt)}.</p>
${form("/logout", csrf, button("Sign out"))}
<p class="measure">Signing out everywhere signs out all browsers, including this one, and ends the access of all apps.</p>
${form("/account/sign-out-everywhere", csrf, html`${removePart(ways, attempt)}${button("Sign out everywhere")}`)}
</section>`,
    needs: { script: true },
  };
}

/** Ends all sign-ins of the account and the access of all apps, and removes the passkeys and API keys that the form names. */
export async function submitSignOutEverywhere(call: Call<unknown, unknown, object>): Promise<LeadOn> {
  const signIn = await readSignIn(call);
  if (signIn !== undefined) await logOutEverywhere(signIn.account, call, keptUnlessRemoved({ ...call.body }));
  const { cookie } = await endSignIn(call);
  return { location: "/login?notice=signed-out", cookies: [cookie] };
}

function button(label: string): Markup {
  return html`<button class="button" type="submit">${label}</button>`;
}

/** `methods` are the values of RFC 8176. */
function methodsInWords(methods: readonly string[]): string {
  return methods.includes("pwd") ? "with your password" : "with a passkey";
}

function confirmation(isConfirmed: boolean): Markup {
  return isConfirmed ? html`<span class="mark">confirmed</span>` : html`<span class="mark open">not confirmed</span>`;
}
