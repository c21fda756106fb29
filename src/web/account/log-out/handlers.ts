/**
 * The page `/logout`: asks for confirmation, ends the sign-in of the browser, and redirects to the client that requested
 * it. It ignores every URI that the client did not register (OpenID Connect RP-Initiated Logout 1.0).
 */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { findLogoutTarget, type LogoutTarget } from "#features/identity/server/logout.ts";
import { endSignIn, readSignIn, type SignIn } from "#features/identity/sign-ins/sign-in.ts";
import { form, hidden, refusal, submit } from "../fields.ts";
import type { PersonalPage } from "../page.ts";
import type { LeadOn, Visit } from "../visit.ts";

/** The parameters of a sign-out request of a client. */
export interface LogOutFields {
  readonly client_id?: string | undefined;
  readonly post_logout_redirect_uri?: string | undefined;
  readonly state?: string | undefined;
}

const NAMES = ["client_id", "post_logout_redirect_uri", "state"] as const;

/** Shows `/logout`, or redirects to the client if the browser is not signed in. */
export async function showLogOut(visit: Visit): Promise<PersonalPage | LeadOn> {
  const { call, attempt } = visit;
  const fields: LogOutFields = Object.fromEntries(
    NAMES.map((name) => [name, attempt?.form.get(name) ?? call.url.searchParams.get(name) ?? undefined]),
  );
  const [signIn, target] = await Promise.all([readSignIn(call), targetOf(call, fields)]);
  if (signIn !== undefined) return questionPage(visit, signIn, fields, target);
  return target?.location === undefined ? loggedOutPage() : { location: target.location };
}

/** Signs the browser out and redirects. */
export async function submitLogOut(call: Call<unknown, unknown, LogOutFields>): Promise<LeadOn> {
  const target = await targetOf(call, call.body);
  const { cookie } = await endSignIn(call);
  return { location: target?.location ?? "/login?notice=signed-out", cookies: [cookie] };
}

function targetOf(call: Call<unknown, unknown, unknown>, fields: LogOutFields): Promise<LogoutTarget | undefined> {
  const { client_id: clientId, post_logout_redirect_uri: postLogoutRedirectUri, state } = fields;
  return findLogoutTarget(call, { clientId, postLogoutRedirectUri, state });
}

function questionPage(
  { csrf, attempt }: Visit,
  { account }: SignIn,
  fields: LogOutFields,
  target: LogoutTarget | undefined,
): PersonalPage {
  const kept = target === undefined ? [] : NAMES.flatMap((name) => fieldOf(name, fields[name]));
  return {
    title: "Sign out?",
    description: "Decide whether to sign out in this browser.",
    content: html`${target === undefined ? "" : html`<p class="lead"><strong>${target.clientName}</strong> asks you to sign out.</p>`}
${refusal(attempt)}
<p>You are signed in as <strong>${account.email}</strong>. Signing out affects only this browser. Connected apps keep their access.</p>
${form("/logout", csrf, html`${kept}${submit("Sign out")}`)}
<p class="actions"><a class="button" href="/account">Stay signed in</a></p>`,
    needs: { forms: target?.location === undefined ? "self" : "client" },
  };
}

function fieldOf(name: string, value: string | undefined) {
  return value === undefined ? [] : [hidden(name, value)];
}

function loggedOutPage(): PersonalPage {
  return {
    title: "You are signed out",
    description: "This browser is not signed in.",
    content: html`<p class="lead">This browser is not signed in.</p>
<p class="actions"><a class="button" href="/login">Sign in</a></p>`,
  };
}
