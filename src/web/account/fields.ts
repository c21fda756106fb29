/** The parts of forms. Each field has its label, its hint and what is wrong with it where a reader's software looks. */
import { html } from "hono/html";
import type { Surroundings } from "#core/contract/doors.ts";
import { isAttemptPolicy } from "#core/contract/limit.ts";
import type { Problem, RequestFault } from "#core/http/problem.ts";
import { passkeysPossible } from "#features/identity/passkeys/relying-party.ts";
import { CHALLENGE_FIELD, type ChallengeAction } from "#features/identity/turnstile/verify-challenge.ts";
import { referenceLine } from "../failure-page.ts";
import { retryAdvice, toldFailure } from "../failure-texts.ts";
import type { Markup } from "../markup.ts";
import { CHALLENGE_SCRIPT } from "./content-policy.ts";
import type { Attempt } from "./visit.ts";

/** A field that people fill in. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: "email" | "password" | "text";
  readonly autocomplete: string;
  readonly maxLength: number;
  readonly hint?: string;
  /** Passwords are never sent back. */
  readonly value?: string;
  /** Shown for password managers, which keep the password under it; never sent. */
  readonly isFixed?: true;
  /** For a field whose letters are to be taken one by one. */
  readonly isCode?: true;
}

/** A field with its label. */
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

/** A field that nobody sees. */
export function hidden(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/** A form of ours: always by POST, always with the token. */
export function form(action: string, csrf: string, content: Markup): Markup {
  return html`<form class="personal-form" method="post" action="${action}">
${hidden("csrf", csrf)}
${content}
</form>`;
}

/** The button that sends a form. */
export function submit(label: string): Markup {
  return html`<p class="send"><button class="button primary" type="submit">${label}</button></p>`;
}

/** What is wrong with a form as a whole; read out as soon as it is there. */
export function refusal(attempt: Attempt | undefined, ...more: readonly Markup[]): Markup | "" {
  return attempt === undefined
    ? ""
    : html`<div class="refusal" id="refusal" role="alert"><p>${wordsFor(attempt)}</p>${more}${referenceOf(attempt)}</div>`;
}

/** For what the reader cannot correct alone. */
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

/** Whether the detail is about attempts and names the time, as those of the gate and of the attempts' own limits do. */
function saysWhen({ members }: Problem): boolean {
  const violated = members["violated-policies"];
  return !Array.isArray(violated) || violated.some((name) => isAttemptPolicy(String(name)));
}

function hasField(fault: RequestFault): boolean {
  return "pointer" in fault && fault.pointer !== "#";
}

/** What is wrong with a field; empty where the form's own words say it. */
function faultOf(attempt: Attempt | undefined, name: string): string | undefined {
  if (attempt === undefined) return undefined;
  const { errors = [], detail } = attempt.failure;
  const own = errors.find((fault) => "pointer" in fault && fault.pointer === `#/${name}`);
  if (own === undefined) return undefined;
  return own.detail === detail && errors.length === 1 ? "" : own.detail;
}

const CHALLENGE_ACTION: ChallengeAction = "login";

/** Whether the form has to show a challenge: one was asked for, or was just answered. */
export function needsChallenge(attempt: Attempt | undefined): boolean {
  return attempt !== undefined && (attempt.failure.type === "challenge-required" || attempt.form.has(CHALLENGE_FIELD));
}

/** The challenge; where none is configured, what the person can do instead. */
export function challengePart(
  attempt: Attempt | undefined,
  { settings, origin }: Pick<Surroundings, "settings" | "origin">,
): Markup | "" {
  if (attempt === undefined || !needsChallenge(attempt)) return "";
  const siteKey = settings.turnstile?.siteKey;
  if (siteKey === undefined) {
    return attempt.failure.type === "challenge-required" ? insteadOfChallenge(attempt.failure, origin) : "";
  }
  return html`<div class="cf-turnstile" data-sitekey="${siteKey}" data-action="${CHALLENGE_ACTION}"></div>
<noscript><p class="note">The challenge needs JavaScript.</p></noscript>
<script src="${CHALLENGE_SCRIPT}" async defer></script>`;
}

function insteadOfChallenge({ members }: Problem, origin: string): Markup {
  return html`<ul class="instead">
${members["counted_by"] === "account" ? html`<li><a href="/reset">Set a new password by mail</a>. You can log in with it at once.</li>` : ""}
${passkeysPossible(origin) ? html`<li><a href="/login">Log in with a passkey</a>, if you have one.</li>` : ""}
<li>Or wait as long as stated above, then try again.</li>
</ul>`;
}

/** Leads to the page of the problem that asks for a challenge. */
export const challengeReference = html`<p>Problem type: <a href="/problems/challenge-required">challenge-required</a></p>`;

/** What was just done, by the name that the URL gives it; nothing where the name is not one of these. */
export function notice(url: URL, notices: Readonly<Record<string, string>>): Markup | "" {
  const name = url.searchParams.get("notice") ?? "";
  return Object.hasOwn(notices, name) ? html`<p class="done" role="status">${notices[name]}</p>` : "";
}
