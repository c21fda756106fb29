/**
 * A person who sets a password or signs out everywhere chooses which passkeys and API keys to keep. This file has the
 * fields of that choice, their meaning and their HTML. It needs no script.
 */
import { z } from "@hono/zod-openapi";
import { html } from "hono/html";
import type { OtherWays } from "#features/identity/accounts/other-ways.ts";
import { KEEP_ALL, type KeptWays } from "#features/identity/accounts/other-ways.ts";
import { countedWays } from "#features/identity/mail/credential-events.ts";
import { MOST_PASSKEYS } from "#features/identity/passkeys/relying-party.ts";
import type { Passkey } from "#features/identity/passkeys/store.ts";
import type { Markup } from "../markup.ts";
import { BASE64URL, textField } from "./form-fields.ts";
import { momentOf } from "./times.ts";
import type { Attempt } from "./visit.ts";

const CHECKED = "yes";

/** One field per passkey that an account can have, because a form must not repeat a field. */
const PASSKEY_FIELDS = Array.from({ length: MOST_PASSKEYS }, (_, index) => `keep_passkey_${index + 1}`);
const KEEP_API_KEYS = "keep_api_keys";
const REMOVE_PASSKEYS = "remove_passkeys";
const REVOKE_API_KEYS = "revoke_api_keys";

const checkbox = (description: string) => z.enum([CHECKED]).optional().openapi({ description });

/** The fields of a form that removes everything that the person does not keep. */
export const keepFields: z.ZodRawShape = {
  ...Object.fromEntries(
    PASSKEY_FIELDS.map((name) => [
      name,
      textField(1024, "The id of a passkey to keep.", { pattern: BASE64URL }).optional(),
    ]),
  ),
  [KEEP_API_KEYS]: checkbox("Keeps the API keys of the account."),
};

/** The fields of a form that keeps everything that the person does not remove. */
export const removeFields: z.ZodRawShape = {
  [REMOVE_PASSKEYS]: checkbox("Removes all passkeys of the account."),
  [REVOKE_API_KEYS]: checkbox("Revokes all API keys of the account."),
};

type Sent = Readonly<Record<string, unknown>>;

/** Returns what a submitted form with `keepFields` keeps. */
export function keptBy(sent: Sent): KeptWays {
  const passkeys = PASSKEY_FIELDS.map((name) => sent[name]).filter((id) => typeof id === "string");
  return { passkeys, apiKeys: sent[KEEP_API_KEYS] === CHECKED ? "all" : "none" };
}

/** Returns what a submitted form with `removeFields` keeps. */
export function keptUnlessRemoved(sent: Sent): KeptWays {
  return {
    passkeys: sent[REMOVE_PASSKEYS] === CHECKED ? [] : KEEP_ALL.passkeys,
    apiKeys: sent[REVOKE_API_KEYS] === CHECKED ? "none" : KEEP_ALL.apiKeys,
  };
}

/** Lists what the form removes, each with a checkbox to keep it. Empty if the account has no passkeys and API keys. */
export function keepPart({ passkeys, apiKeys }: OtherWays, attempt?: Attempt): Markup | "" {
  if (passkeys.length === 0 && apiKeys.length === 0) return "";
  const checked = new Set(PASSKEY_FIELDS.map((name) => attempt?.form.get(name)));
  return html`<fieldset class="choices"><legend>Passkeys and API keys</legend>
<p class="hint">They are removed together with the old password, unless you keep them. Keep only those that you recognize.</p>
${passkeys.slice(0, PASSKEY_FIELDS.length).map((passkey, index) =>
  choice({
    name: PASSKEY_FIELDS[index] ?? "",
    value: passkey.id,
    label: html`Keep the passkey <strong>${passkey.name}</strong>`,
    hint: passkeyHint(passkey),
    isChecked: checked.has(passkey.id),
  }),
)}
${
  apiKeys.length === 0
    ? ""
    : choice({
        name: KEEP_API_KEYS,
        value: CHECKED,
        label: html`Keep the API keys`,
        hint: html`${apiKeys.map(({ name, hint }, index) => html`${index === 0 ? "" : ", "}${name} (<code>${hint}…</code>)`)}`,
        isChecked: attempt?.form.get(KEEP_API_KEYS) === CHECKED,
      })
}
</fieldset>`;
}

/** Lists what the form keeps, each with a checkbox to remove it. Empty if the account has no passkeys and API keys. */
export function removePart({ passkeys, apiKeys }: OtherWays, attempt?: Attempt): Markup | "" {
  if (passkeys.length === 0 && apiKeys.length === 0) return "";
  const counts = { passkeys: passkeys.length, apiKeys: apiKeys.length };
  return html`<fieldset class="choices"><legend>Passkeys and API keys</legend>
<p class="hint">${countedWays(counts)} will still give access to your account, unless you remove them here.</p>
${
  passkeys.length === 0
    ? ""
    : choice({
        name: REMOVE_PASSKEYS,
        value: CHECKED,
        label: html`Remove all passkeys`,
        hint: html`${passkeys.map(({ name }, index) => html`${index === 0 ? "" : ", "}${name}`)}`,
        isChecked: attempt?.form.get(REMOVE_PASSKEYS) === CHECKED,
      })
}
${
  apiKeys.length === 0
    ? ""
    : choice({
        name: REVOKE_API_KEYS,
        value: CHECKED,
        label: html`Revoke all API keys`,
        hint: html`${apiKeys.map(({ name, hint }, index) => html`${index === 0 ? "" : ", "}${name} (<code>${hint}…</code>)`)}`,
        isChecked: attempt?.form.get(REVOKE_API_KEYS) === CHECKED,
      })
}
</fieldset>`;
}

interface Choice {
  readonly name: string;
  readonly value: string;
  readonly label: Markup;
  readonly hint: Markup;
  readonly isChecked: boolean;
}

function choice({ name, value, label, hint, isChecked }: Choice): Markup {
  return html`<div class="choice"><input type="checkbox" id="${name}" name="${name}" value="${value}" aria-describedby="${name}-hint"${isChecked ? html` checked` : ""}>
<label for="${name}">${label}</label><p class="hint" id="${name}-hint">${hint}</p></div>`;
}

function passkeyHint({ createdAt, lastUsedAt }: Passkey): Markup {
  const used = lastUsedAt === undefined ? "not used yet" : html`last used ${momentOf(lastUsedAt)}`;
  return html`Added ${momentOf(createdAt)}, ${used}`;
}
