/**
 * The consent page: shows the app, the account, the permissions in plain words, and where the person goes next. The form
 * names what the page showed, so that the consent covers nothing else.
 */
import { html } from "hono/html";
import type { Scopes } from "#core/contract/scopes.ts";
import type { Account } from "#features/identity/accounts/account.ts";
import type { Markup } from "../../markup.ts";
import { form, hidden, refusal } from "../fields.ts";
import type { Attempt } from "../visit.ts";
import { permissionsOf, roleNote } from "./scopes.ts";

/** What the page asks for, and for which app and account. */
export interface Consent {
  readonly action: string;
  readonly csrf: string;
  readonly clientName: string;
  readonly account: Account;
  readonly scopes: readonly string[];
  /** The scopes that the modules declare. */
  readonly declared: Scopes;
  /** Where the browser goes after the decision, in a form that people recognise. */
  readonly destination?: string;
  readonly attempt?: Attempt | undefined;
  /** Additional hidden fields. */
  readonly fields?: Markup;
}

/** Renders the question and the buttons. */
export function consentContent(consent: Consent): Markup {
  const { clientName, account, scopes, declared, destination, attempt } = consent;
  const permissions = permissionsOf(scopes, declared);
  const note = roleNote(account.role);
  return html`<p class="lead"><strong>${clientName}</strong> wants to access your account <strong>${account.email}</strong>.</p>
${refusal(attempt)}
${
  permissions.length === 0
    ? html`<p>It asks for no permissions.</p>`
    : html`<p>If you allow it, ${clientName} can:</p>
<ul class="permissions">${permissions.map((permission) => html`<li>${permission}</li>`)}</ul>`
}
${note === undefined ? "" : html`<p class="note">${note}</p>`}
${form(
  consent.action,
  consent.csrf,
  html`${consent.fields ?? ""}${hidden("account", account.id)}${hidden("scope", scopes.join(" "))}<p class="send"><button class="button primary" type="submit" name="decision" value="allow">Allow</button>
<button class="button" type="submit" name="decision" value="deny">Do not allow</button></p>`,
)}
${destination === undefined ? "" : html`<p class="hint">Either way, you continue to <strong>${destination}</strong>.</p>`}
${form(
  consent.action,
  consent.csrf,
  html`${consent.fields ?? ""}<p class="send">Not ${account.email}? <button class="button" type="submit" name="decision" value="switch">Use another account</button></p>`,
)}
<p class="hint">You can remove the app at any time on the page of <a href="/account">your account</a>.</p>`;
}
