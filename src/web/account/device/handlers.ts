/**
 * The page `/oauth/device`: a signed-in person enters the code of a device and decides about its request. A link only fills
 * in the form; the service looks up a code, and counts a wrong one, only when the form is sent. The consent page has a URL
 * that only this sign-in can use.
 */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { Problem } from "#core/http/problem.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { approveDevice, type DeviceRequest, denyDevice, findDeviceRequest } from "#features/identity/server/devices.ts";
import { PATHS } from "#features/identity/server/paths.ts";
import { endSignIn, readSignIn, type SignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { entry, form, hidden, notice, refusal, submit } from "../fields.ts";
import { type Agreed, isAsShown } from "../interaction/agreed-fields.ts";
import { consentContent } from "../interaction/consent-page.ts";
import { logInForm, logInNeeds } from "../log-in/form.ts";
import { provenBy } from "../log-in/handlers.ts";
import type { PersonalPage } from "../page.ts";
import { fieldProblem } from "../refused.ts";
import type { Attempt, LeadOn, Visit } from "../visit.ts";
import { entryProof, isEntryProof } from "./entry-proof.ts";
import { countingGuesses } from "./guesses.ts";

const UNKNOWN = "This code is wrong or has expired. Compare it with the code on the device, which may show a new one.";

const NOTICES = {
  allowed: "The device is connected. Continue on the device. You can close this page.",
  denied: "The device is not connected.",
  unknown: UNKNOWN,
} as const;

/** Shows the sign-in form, the form for the code, or the consent page. Opening the page does not count as an attempt. */
export async function showDevice(visit: Visit): Promise<PersonalPage> {
  const { call, attempt } = visit;
  const signIn = await readSignIn(call);
  const code = attempt?.form.get("user_code") ?? call.url.searchParams.get("user_code") ?? "";
  if (signIn === undefined) return logInPage(visit, code);
  const proof = call.url.searchParams.get("entry") ?? "";
  const wasEntered = attempt === undefined && (await isEntryProof(call.settings.secret, signIn.idHash, code, proof));
  if (!wasEntered) return codePage(visit, code, attempt);
  const request = await findDeviceRequest(call, code, signIn.account.id);
  return request === undefined ? codePage(visit, code, unknownCode(code)) : confirmPage(visit, signIn, request);
}

/** A step of connecting a device, as it was sent. */
export interface DeviceFields extends Agreed {
  readonly user_code?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly decision?: "allow" | "deny" | "switch" | undefined;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

/** Signs in, redirects to the consent page, or applies the decision. @throws validation-error, challenge-required, quota-exceeded */
export async function submitDevice(call: Call<unknown, unknown, DeviceFields>): Promise<LeadOn> {
  const { user_code: code = "", email, password, decision } = call.body;
  if (email !== undefined || password !== undefined) {
    const body = { ...call.body, email: email ?? "", password: password ?? "" };
    const { signIn, cookie } = await startSignIn(call, await provenBy({ ...call, body }));
    return { location: await locationAfterLogIn(call, signIn, code), cookies: [cookie] };
  }
  if (decision === "switch") return { location: pageOf(code), cookies: [(await endSignIn(call)).cookie] };
  const signIn = await readSignIn(call);
  if (signIn === undefined) return { location: pageOf(code) };
  if (code === "") throw fieldProblem("user_code", "required", "Enter the code that the device shows.");
  const request = await requestOf(call, signIn, code);
  if (request === undefined) throw unknownCode(code).failure;
  if (decision === undefined || !isAsShown(call.body, signIn.account, request.scopes)) {
    return { location: await questionOf(call, signIn, request) };
  }
  if (!(await decided(call, signIn, code, decision, request.scopes))) throw unknownCode(code).failure;
  if (decision === "allow") tellOwner(call, signIn.account, { kind: "device-connected" });
  return { location: `${PATHS.device}?notice=${decision === "allow" ? "allowed" : "denied"}` };
}

function decided(
  call: Call<unknown, unknown, unknown>,
  { account, methods, authenticatedAt }: SignIn,
  code: string,
  decision: "allow" | "deny",
  shown: readonly string[],
): Promise<boolean> {
  if (decision === "deny") return denyDevice(call, code);
  const { id: accountId, credentialVersion: accountVersion } = account;
  return approveDevice(call, code, { accountId, accountVersion, shown, methods, authenticatedAt });
}

function requestOf(
  call: Call<unknown, unknown, unknown>,
  { account }: SignIn,
  code: string,
): Promise<DeviceRequest | undefined> {
  return countingGuesses(call, account.id, () => findDeviceRequest(call, code, account.id));
}

/** The URL of the consent page or of the form for the code. The sign-in succeeded even if the code is wrong. */
async function locationAfterLogIn(
  call: Call<unknown, unknown, unknown>,
  signIn: SignIn,
  code: string,
): Promise<string> {
  if (code === "") return PATHS.device;
  try {
    const request = await requestOf(call, signIn, code);
    return request === undefined ? `${pageOf(code)}&notice=unknown` : await questionOf(call, signIn, request);
  } catch (failure) {
    if (failure instanceof Problem) return pageOf(code);
    throw failure;
  }
}

/** The URL of the consent page for an entered code. */
async function questionOf(
  { settings }: Pick<Call<unknown, unknown, unknown>, "settings">,
  { idHash }: SignIn,
  { userCode }: DeviceRequest,
): Promise<string> {
  const entry = await entryProof(settings.secret, idHash, userCode);
  return `${PATHS.device}?${new URLSearchParams({ user_code: userCode, entry })}`;
}

function pageOf(code: string): string {
  return code === "" ? PATHS.device : `${PATHS.device}?${new URLSearchParams({ user_code: code })}`;
}

function unknownCode(code: string): Attempt {
  return { failure: fieldProblem("user_code", "unknown", UNKNOWN), form: new Map([["user_code", code]]) };
}

function logInPage(visit: Visit, code: string): PersonalPage {
  return {
    title: "Sign in",
    description: "Sign in to connect a device.",
    content: html`<p class="lead">Sign in to connect a device to your account.</p>
${logInForm(visit, { action: PATHS.device, fields: hidden("user_code", code), hasPasskey: false })}`,
    needs: { ...logInNeeds(visit), script: false },
  };
}

function codePage({ call, csrf }: Visit, code: string, attempt: Attempt | undefined): PersonalPage {
  const field = entry(
    {
      name: "user_code",
      label: "Code",
      type: "text",
      autocomplete: "off",
      maxLength: 64,
      hint: "For example BCDF-GHJK.",
      value: code,
      isCode: true,
    },
    attempt,
  );
  return {
    title: "Connect a device",
    description: "Enter the code that a device shows.",
    content: html`${notice(call.url, NOTICES)}
<p class="lead">Enter the code that the device shows.</p>
${refusal(attempt)}
${form(PATHS.device, csrf, html`${field}${submit("Continue")}`)}`,
  };
}

function confirmPage({ call, csrf, attempt }: Visit, { account }: SignIn, request: DeviceRequest): PersonalPage {
  const { client, scopes, userCode } = request;
  return {
    title: "Connect this device?",
    description: "Decide what a device may do with your account.",
    content: html`<p class="code"><span class="unseen">Code </span>${userCode}</p>
<p>Continue only if your own device shows this code. Never use a code that someone sent you.</p>
${consentContent({
  action: PATHS.device,
  csrf,
  clientName: client.name,
  account,
  scopes,
  declared: call.scopes,
  attempt,
  fields: hidden("user_code", userCode),
})}`,
  };
}
