/** The parts of forms. Each field links its label, hint and error for assistive technology. */
import { html } from "hono/html";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { isAttemptPolicy } from "#core/contract/limit.ts";
import type { Problem, RequestFault } from "#core/http/problem.ts";
import { passkeysPossible } from "#features/identity/passkeys/relying-party.ts";
import { CHALLENGE_FIELD, type ChallengeAction } from "#features/identity/turnstile/verify-challenge.ts";
import { referenceLine } from "../failure-page.ts";
import { retryAdvice, toldFailure } from "../failure-texts.ts";
import type { Markup } from "../markup.ts";
import { CHALLENGE_SCRIPT } from "./content-policy.ts";
import type { Attempt } from "./visit.ts";

/** A visible field of a form. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: "email" | "password" | "text";
  readonly autocomplete: string;
  readonly maxLength: number;
  readonly hint?: string;
  /** Ignored for passwords, which are never rendered. */
  readonly value?: string;
  /** Shown so that a password manager stores the password under this value. The form does not send it. */
  readonly isFixed?: true;
  /** Whether the value is a code, not words: capital letters, no spell check. */
  readonly isCode?: true;
}

/** Renders a field with its label, hint and error. */
export function entry(field: Field, attempt?: Attempt): Markup {
  const { name, label, type, autocomplete, maxLength, hint } = field;
  const value = type === "password" ? undefined : (attempt?.form.get(name) ?? field.value);
  const fault = faultOf(attempt, name);
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(fault === undefined ? [] : [fault === "" ? "refusal" : `${name}-fault`]),
  ];
  const purpose = field.isFixed === true ? html` readonly` : html` name="${name}" required`;
  return html`<div class="entry">
<label for="${name}">${label}</label>
${hint === undefined ? "" : html`<p class="hint" id="${name}-hint">${hint}</p>`}
${fault === undefined || fault === "" ? "" : html`<p class="fault" id="${name}-fault">${fault}</p>`}
<input id="${name}" type="${type}"${purpose} autocomplete="${autocomplete}" maxlength="${maxLength}"${
    value === undefined ? "" : html` value="${value}"`
  }${described.length === 0 ? "" : html` aria-describedby="${described.join(" ")}"`}${
    fault === undefined ? "" : html` aria-invalid="true"`
  }${field.isCode === true ? html` autocapitalize="characters" spellcheck="false"` : ""}>
</div>`;
}

/** Renders a hidden field. */
export function hidden(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/** Renders a form. Every form uses POST and contains the CSRF token. */
export function form(action: string, csrf: string, content: Markup): Markup {
  return html`<form class="personal-form" method="post" action="${action}">
${hidden("csrf", csrf)}
${content}
</form>`;
}

/** Renders the submit button of a form. */
export function submit(label: string): Markup {
  return html`<p class="send"><button class="button primary" type="submit">${label}</button></p>`;
}

/** Renders the error of the whole form. Screen readers announce it immediately. */
export function refusal(attempt: Attempt | undefined, ...more: readonly Markup[]): Markup | "" {
  return attempt === undefined
    ? ""
    : html`<div class="refusal" id="refusal" role="alert"><p>${wordsFor(attempt)}</p>${more}${referenceOf(attempt)}</div>`;
}

/** The reference for the operators, for errors that the person cannot correct. */
function referenceOf({ failure, correlationId }: Attempt): Markup | "" {
  const isCorrectable = failure.type === "validation-error" || failure.type === "challenge-required";
  return isCorrectable || correlationId === undefined ? "" : referenceLine(failure, correlationId);
}

function wordsFor({ failure }: Attempt): string {
  switch (failure.type) {
    case "forbidden":
      return "The form had expired, or was opened in another browser. Send it again.";
    case "quota-exceeded":
      return saysWhen(failure) ? failure.detail : `Too many attempts. ${retryAdvice(failure) ?? "Try again later."}`;
    case "service-unavailable":
    case "temporary-reduced-capacity":
      return `${toldFailure(failure).what} ${retryAdvice(failure) ?? ""}`.trimEnd();
    case "validation-error":
      return failure.errors?.some((fault) => hasField(fault)) === true && failure.errors.length > 1
        ? "Some fields are not valid."
        : failure.detail;
    default:
      return failure.detail;
  }
}

/** Whether `detail` is about attempts and contains the waiting time, as the gate and the attempt limits write it. */
function saysWhen({ members }: Problem): boolean {
  const violated = members["violated-policies"];
  return !Array.isArray(violated) || violated.some((name) => isAttemptPolicy(String(name)));
}

function hasField(fault: RequestFault): boolean {
  return "pointer" in fault && fault.pointer !== "#";
}

/** The error of a field. Empty if the error of the form already says it. */
function faultOf(attempt: Attempt | undefined, name: string): string | undefined {
  if (attempt === undefined) return undefined;
  const { errors = [], detail } = attempt.failure;
  const own = errors.find((fault) => "pointer" in fault && fault.pointer === `#/${name}`);
  if (own === undefined) return undefined;
  return own.detail === detail && errors.length === 1 ? "" : own.detail;
}

const CHALLENGE_ACTION: ChallengeAction = "login";

/** Whether the form shows a challenge: the service required one, or the person just solved one. */
export function needsChallenge(attempt: Attempt | undefined): boolean {
  return attempt !== undefined && (attempt.failure.type === "challenge-required" || attempt.form.has(CHALLENGE_FIELD));
}

/** Renders the challenge. If none is configured, lists what the person can do instead. */
export function challengePart(
  attempt: Attempt | undefined,
  { settings, origin }: Pick<RequestContext, "settings" | "origin">,
): Markup | "" {
  if (attempt === undefined || !needsChallenge(attempt)) return "";
  const siteKey = settings.turnstile?.siteKey;
  if (siteKey === undefined) {
    return attempt.failure.type === "challenge-required" ? insteadOfChallenge(attempt.failure, origin) : "";
  }
  return html`<div class="cf-turnstile" data-sitekey="${siteKey}" data-action="${CHALLENGE_ACTION}"></div>
<noscript><p class="note">To solve the challenge, turn on JavaScript.</p></noscript>
<script src="${CHALLENGE_SCRIPT}" async defer></script>`;
}

function insteadOfChallenge({ members }: Problem, origin: string): Markup {
  return html`<ul class="instead">
${members["counted_by"] === "account" ? html`<li><a href="/reset">Reset your password by email</a>. You can sign in with it at once.</li>` : ""}
${passkeysPossible(origin) ? html`<li><a href="/login">Sign in with a passkey</a>, if you have one.</li>` : ""}
<li>Or wait as long as stated above, then try again.</li>
</ul>`;
}

/** A link to the page of the problem type `challenge-required`. */
export const challengeReference = html`<p>Problem type: <a href="/problems/challenge-required">challenge-required</a></p>`;

/** Renders the notice that the URL names, such as "You are signed out." Unknown names are ignored. */
export function notice(url: URL, notices: Readonly<Record<string, string>>): Markup | "" {
  const name = url.searchParams.get("notice") ?? "";
  return Object.hasOwn(notices, name) ? html`<p class="done" role="status">${notices[name]}</p>` : "";
}
