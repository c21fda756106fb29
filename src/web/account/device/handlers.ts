/**
 * `/oauth/device`: who is logged in types the code that a device shows, sees what it asks for, and decides. The code is
 * shown again before that, so that nobody lets in a device that somebody else sent them a link for.
 */
import { html } from "hono/html";
import type { Call } from "#core/contract/endpoint.ts";
import { approveDevice, type DeviceRequest, denyDevice, findDeviceRequest } from "#features/identity/server/devices.ts";
import { PATHS } from "#features/identity/server/paths.ts";
import { readSignIn, type SignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { CHALLENGE_FIELD } from "#features/identity/turnstile/verify-challenge.ts";
import { entry, form, hidden, notice, refusal, submit } from "../fields.ts";
import type { Attempt, LeadOn, Visit } from "../form-endpoint.ts";
import { consentContent } from "../interaction/consent-page.ts";
import { logInForm, logInNeeds } from "../log-in/form.ts";
import { provenBy } from "../log-in/handlers.ts";
import type { PersonalPage } from "../page.ts";
import { fieldProblem } from "../refused.ts";
import { countingGuesses } from "./guesses.ts";

const NOTICES = {
  allowed: "The device is let in. You can go on there, and close this page.",
  denied: "The device is not let in.",
} as const;

const UNKNOWN = "No device waits for this code. Compare it with what the device shows; it may have a new one.";

/** The page of `/oauth/device`: the log-in, the code, or the question. @throws quota-exceeded after many wrong codes */
export async function showDevice(visit: Visit): Promise<PersonalPage> {
  const { call, attempt } = visit;
  const signIn = await readSignIn(call);
  const code = attempt?.form.get("user_code") ?? call.url.searchParams.get("user_code") ?? "";
  if (signIn === undefined) return logInPage(visit, code);
  if (code === "" || isUnknown(attempt)) return codePage(visit, code, attempt);
  const request = await requestOf(call, signIn, code);
  return request === undefined ? codePage(visit, code, unknownCode(code)) : confirmPage(visit, signIn, request);
}

/** A step of letting a device in, as it was sent. */
export interface DeviceFields {
  readonly user_code?: string | undefined;
  readonly email?: string | undefined;
  readonly password?: string | undefined;
  readonly decision?: "allow" | "deny" | undefined;
  readonly [CHALLENGE_FIELD]?: string | undefined;
}

/** Logs in, leads to the question, or takes the answer. @throws validation-error, challenge-required, quota-exceeded */
export async function submitDevice(call: Call<unknown, unknown, DeviceFields>): Promise<LeadOn> {
  const { user_code: code = "", email, password, decision } = call.body;
  if (email !== undefined || password !== undefined) {
    const body = { ...call.body, email: email ?? "", password: password ?? "" };
    const { cookie } = await startSignIn(call, await provenBy({ ...call, body }));
    return { location: pageOf(code), cookies: [cookie] };
  }
  const signIn = await readSignIn(call);
  if (signIn === undefined || decision === undefined) return { location: pageOf(code) };
  const request = await requestOf(call, signIn, code);
  const isDone = request !== undefined && (await decided(call, signIn, code, decision));
  if (!isDone) throw fieldProblem("user_code", "unknown", UNKNOWN);
  return { location: `${PATHS.device}?notice=${decision === "allow" ? "allowed" : "denied"}` };
}

function decided(
  call: Call<unknown, unknown, unknown>,
  { account, methods, authenticatedAt }: SignIn,
  code: string,
  decision: "allow" | "deny",
): Promise<boolean> {
  if (decision === "deny") return denyDevice(call, code);
  return approveDevice(call, code, { accountId: account.id, methods, authenticatedAt });
}

function requestOf(
  call: Call<unknown, unknown, unknown>,
  { account }: SignIn,
  code: string,
): Promise<DeviceRequest | undefined> {
  return countingGuesses(call, account.id, () => findDeviceRequest(call, code, account.id));
}

function pageOf(code: string): string {
  return code === "" ? PATHS.device : `${PATHS.device}?${new URLSearchParams({ user_code: code })}`;
}

function isUnknown(attempt: Attempt | undefined): boolean {
  return attempt?.failure.errors?.some((fault) => "pointer" in fault && fault.pointer === "#/user_code") === true;
}

function unknownCode(code: string): Attempt {
  return { failure: fieldProblem("user_code", "unknown", UNKNOWN), form: new Map([["user_code", code]]) };
}

function logInPage(visit: Visit, code: string): PersonalPage {
  return {
    title: "Log in",
    description: "Log in to let a device in.",
    content: html`<p class="lead">Log in to let a device use your account.</p>
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
      hint: "As the device shows it, such as BCDF-GHJK.",
      value: code,
      isCode: true,
    },
    attempt,
  );
  return {
    title: "Let a device in",
    description: "Enter the code that a device shows.",
    content: html`${notice(call.url, NOTICES)}
<p class="lead">Enter the code that the device shows.</p>
${refusal(attempt)}
${form(PATHS.device, csrf, html`${field}${submit("Continue")}`)}`,
  };
}

function confirmPage({ csrf, attempt }: Visit, { account }: SignIn, request: DeviceRequest): PersonalPage {
  const { client, scopes, userCode } = request;
  return {
    title: "Let this device in?",
    description: "Decide what a device may do with your account.",
    content: html`<p class="code"><span class="unseen">Code </span>${userCode}</p>
<p>Go on only if a device in front of you shows this code. Nobody has a reason to send it to you.</p>
${consentContent({
  action: PATHS.device,
  csrf,
  clientName: client.name,
  account,
  scopes,
  attempt,
  fields: hidden("user_code", userCode),
})}`,
  };
}
