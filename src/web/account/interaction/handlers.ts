/**
 * The steps of an authorization. Only the browser that started the authorization can take them. A signed-in person signs in
 * again only if the client requires it. Every authorization asks for consent, which covers only the account and the
 * permissions that the page showed.
 */

import type { z } from "@hono/zod-openapi";
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import type { LoggedIn } from "#features/identity/accounts/account.ts";
import { placeOf } from "#features/identity/clients/redirect-uris.ts";
import {
  abortInteraction,
  findInteraction,
  finishConsent,
  finishLogin,
  type Interaction,
  restartInteraction,
} from "#features/identity/server/interactions.ts";
import { PATHS } from "#features/identity/server/paths.ts";
import { tellConnected } from "#features/identity/server/tell-connected.ts";
import { browserHash } from "#features/identity/sign-ins/browser.ts";
import { endSignIn, readSignIn, type SignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { logInForm, logInNeeds } from "../log-in/form.ts";
import { provenBy } from "../log-in/handlers.ts";
import type { PersonalPage } from "../page.ts";
import { provenByPasskey } from "../passkeys/handlers.ts";
import { fieldProblem } from "../refused.ts";
import type { Given } from "../script-endpoint.ts";
import type { LeadOn, Visit } from "../visit.ts";
import { type Agreed, isAsShown } from "./agreed-fields.ts";
import { consentContent } from "./consent-page.ts";
import type { InteractionParams } from "./params.ts";

type InteractionVisit = Visit<InteractionParams>;
type InteractionCall<Body> = Call<z.output<InteractionParams>, unknown, Body>;

/** Shows the page of a step, or redirects to the next step. @throws not-found if this browser has no such step */
export async function showInteraction(visit: InteractionVisit): Promise<PersonalPage | LeadOn> {
  const { call, attempt } = visit;
  const interaction = await interactionOf(call);
  const signIn = await readSignIn(call);
  if (interaction.prompt === "login") {
    const isKnown = attempt === undefined && signIn !== undefined && isEnough(signIn, interaction, call.now);
    return isKnown
      ? leadOn(finishLogin(call, interaction.uid, await browserHash(call), stepOf(signIn)))
      : logInPage(visit, interaction);
  }
  // The browser was signed out since, or signed in to another account.
  if (signIn === undefined || !isFor(signIn, interaction)) return logInPage(visit, interaction);
  return consentPage(visit, interaction, signIn);
}

/** The submitted form of a step. */
export interface InteractionFields extends Agreed {
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly decision?: "allow" | "deny" | "switch" | undefined;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

/** Processes a step. @throws not-found, validation-error, challenge-required, quota-exceeded */
export async function submitInteraction(call: InteractionCall<InteractionFields>): Promise<LeadOn> {
  const interaction = await interactionOf(call);
  const { uid } = interaction;
  const { email, password, decision } = call.body;
  if (decision === "deny") return leadOn(abortInteraction(call, uid, await browserHash(call)));
  if (decision === "switch") return switchAccount(call, interaction);
  if (interaction.prompt === "login" || email !== undefined || password !== undefined) {
    const body = { ...call.body, email: email ?? "", password: password ?? "" };
    return goOn(call, interaction, await provenBy({ ...call, body }));
  }
  const signIn = await readSignIn(call);
  const isSame = signIn !== undefined && isFor(signIn, interaction);
  if (!isSame || !isAsShown(call.body, signIn.account, interaction.scopes.granted)) return { location: pathOf(uid) };
  if (decision === undefined) throw fieldProblem("decision", "required", "Choose Allow or Do not allow.");
  const agreed = { ...stepOf(signIn), shown: interaction.scopes.granted };
  const next = await leadOn(finishConsent(call, uid, await browserHash(call), agreed));
  tellConnected(call, signIn.account, interaction.client.id);
  return next;
}

/** Signs the browser out and restarts the authorization for another account. */
async function switchAccount(call: InteractionCall<unknown>, { uid, prompt }: Interaction): Promise<LeadOn> {
  const isRestarted = prompt === "login" || (await restartInteraction(call, uid, await browserHash(call)));
  if (!isRestarted) throw gone();
  const { cookie } = await endSignIn(call);
  return { location: pathOf(uid), cookies: [cookie] };
}

/** Signs the browser in with a passkey. @throws as `provenByPasskey` does */
export async function logInWithPasskey(call: InteractionCall<{ readonly credential: string }>): Promise<Given> {
  const interaction = await interactionOf(call);
  const { location, cookies = [] } = await goOn(call, interaction, await provenByPasskey(call));
  return { value: { location }, cookies };
}

/** Signs the browser in, then continues the authorization or returns to the consent page of this account. */
async function goOn(call: InteractionCall<unknown>, interaction: Interaction, proved: LoggedIn): Promise<LeadOn> {
  const { signIn, cookie } = await startSignIn(call, proved);
  const { uid, prompt } = interaction;
  const browser = await browserHash(call);
  if (prompt === "consent") {
    if (isFor(signIn, interaction)) return { location: pathOf(uid), cookies: [cookie] };
    if (!(await restartInteraction(call, uid, browser))) throw gone();
  }
  const next = await leadOn(finishLogin(call, uid, browser, stepOf(signIn)));
  return { ...next, cookies: [cookie] };
}

/** Finds the authorization. @throws not-found if this browser has no such step */
async function interactionOf(call: InteractionCall<unknown>): Promise<Interaction> {
  const interaction = await findInteraction(call, call.params.uid, await browserHash(call));
  if (interaction === undefined) throw gone();
  return interaction;
}

async function leadOn(deciding: Promise<string | undefined>): Promise<LeadOn> {
  const location = await deciding;
  if (location === undefined) throw gone();
  return { location };
}

function gone(): Problem {
  return problem("not-found", {
    detail: "This step is already completed, has expired, or was started in another browser. Start again from the app.",
  });
}

function isEnough({ authenticatedAt }: SignIn, { isForced, maxAge }: Interaction, now: number): boolean {
  return !isForced && (maxAge === undefined || now - authenticatedAt <= maxAge * 1000);
}

/** Whether the authorization belongs to the signed-in account. */
function isFor({ account }: SignIn, { accountId }: Interaction): boolean {
  return account.id === accountId;
}

function stepOf({ idHash, account, methods, authenticatedAt }: SignIn) {
  return { idHash, accountId: account.id, accountVersion: account.credentialVersion, methods, authenticatedAt };
}

function pathOf(uid: string): string {
  return `${PATHS.interaction}/${encodeURIComponent(uid)}`;
}

function logInPage(visit: InteractionVisit, interaction: Interaction): PersonalPage {
  const { uid, client, loginHint, prompt } = interaction;
  return {
    title: "Sign in",
    description: "Sign in to continue with an app.",
    content: html`<p class="lead">Sign in to continue to <strong>${client.name}</strong>.</p>
${prompt === "consent" ? html`<p class="note">Use the account that you started with. With another account, you are asked for permission again.</p>` : ""}
${logInForm(visit, { action: pathOf(uid), ...(loginHint === undefined ? {} : { email: loginHint }) })}`,
    needs: { ...logInNeeds(visit), forms: "client" },
  };
}

function consentPage(
  { call, csrf, attempt }: InteractionVisit,
  interaction: Interaction,
  { account }: SignIn,
): PersonalPage {
  const { uid, client, scopes, redirectUri } = interaction;
  return {
    title: `Allow ${client.name}?`,
    description: "Decide whether an app can use your account.",
    content: consentContent({
      action: pathOf(uid),
      csrf,
      clientName: client.name,
      account,
      scopes: scopes.granted,
      declared: call.scopes,
      destination: placeOf(redirectUri),
      attempt,
    }),
    needs: { forms: "client" },
  };
}
