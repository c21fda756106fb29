/** The passkeys section of the account page. */
import { html } from "hono/html";
import { isLoopback } from "#core/http/loopback.ts";
import { passkeysPossible } from "#features/identity/passkeys/relying-party.ts";
import type { Passkey } from "#features/identity/passkeys/store.ts";
import type { Markup } from "../../markup.ts";
import { form, hidden } from "../fields.ts";
import { accountUnderName } from "../host-name.ts";
import { momentOf } from "../times.ts";

/** The data of the section. */
export interface PasskeysSection {
  readonly passkeys: readonly Passkey[];
  readonly csrf: string;
  readonly origin: string;
  /** Whether the sign-in is recent enough to add a passkey. */
  readonly canAdd: boolean;
}

/** Renders the passkeys, each with a form to remove it, and the part with which the script adds one. */
export function passkeysSection({ passkeys, csrf, origin, canAdd }: PasskeysSection): Markup {
  return html`<section aria-labelledby="passkeys-heading">
<h2 id="passkeys-heading">Passkeys</h2>
<p class="measure">A passkey signs you in without a password. It stays on your device, and no other site can ask for it.</p>
${passkeys.length === 0 ? "" : html`<ul class="passkeys">${passkeys.map((passkey) => passkeyItem(passkey, csrf))}</ul>`}
${addPart({ csrf, origin, canAdd })}
</section>`;
}

function passkeyItem({ id, name, createdAt, lastUsedAt }: Passkey, csrf: string): Markup {
  const used = lastUsedAt === undefined ? "not used yet" : html`last used ${momentOf(lastUsedAt)}`;
  return html`<li><div><strong>${name}</strong><p class="hint">Added ${momentOf(createdAt)}, ${used}</p></div>
${form(
  "/account/passkeys/remove",
  csrf,
  html`${hidden("id", id)}<button class="button small" type="submit">Remove<span class="unseen"> ${name}</span></button>`,
)}</li>`;
}

function addPart({ csrf, origin, canAdd }: Omit<PasskeysSection, "passkeys">): Markup {
  if (!passkeysPossible(origin)) {
    const isLocal = isLoopback(new URL(origin).hostname);
    return html`<p class="note">Passkeys do not work under an IP address. ${
      isLocal
        ? html`<a href="${accountUnderName(origin)}">Open your account on <code>localhost</code></a> to add one.`
        : ""
    }</p>`;
  }
  if (!canAdd) {
    return html`<p class="note">To add a passkey, <a href="/login">sign in</a> again. You must have signed in less than 15 minutes ago.</p>`;
  }
  return html`<div class="passkey" id="passkey-add" data-csrf="${csrf}" hidden>
<div class="entry"><label for="passkey-name">Name of the new passkey</label>
<input id="passkey-name" type="text" maxlength="64" value="Passkey" autocomplete="off"></div>
<button class="button" type="button">Add a passkey</button>
<p class="fault" role="alert"></p>
</div>
<noscript><p class="note">To add a passkey, turn on JavaScript.</p></noscript>`;
}
