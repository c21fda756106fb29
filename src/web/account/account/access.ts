/** The connected apps and API keys on the account page, each with a form to remove it. */
import { html } from "hono/html";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { Call } from "#core/contract/endpoint.ts";
import type { Scopes } from "#core/contract/scopes.ts";
import { type OwnKey, ownKeysQuery, revokeOwnKey } from "#features/identity/api-keys/store.ts";
import { appsOf, type ConnectedApp, grantsQuery, withdrawConsent } from "#features/identity/consents/store.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import type { Markup } from "../../markup.ts";
import { form, hidden } from "../fields.ts";
import { permissionsOf } from "../interaction/scopes.ts";
import { fieldProblem } from "../refused.ts";
import { momentOf } from "../times.ts";
import type { LeadOn } from "../visit.ts";
import { whenSignedIn } from "./signed-in.ts";

/** The lists that the sections show. */
export interface Access {
  readonly apps: readonly ConnectedApp[];
  readonly keys: readonly OwnKey[];
}

/** Reads both lists in one round trip. */
export async function readAccess(
  { database, now }: Pick<Call<unknown, unknown, unknown>, "database" | "now">,
  accountId: string,
): Promise<Access> {
  const [grants, keys] = await database.orm.batch([
    grantsQuery(database, accountId, now),
    ownKeysQuery(database, accountId),
  ]);
  return { apps: appsOf(grants), keys };
}

/** Renders both sections. */
export function accessSections(
  { apps, keys }: Access,
  csrf: string,
  { now, scopes }: Pick<RequestContext, "now" | "scopes">,
): Markup {
  return html`<section aria-labelledby="apps-heading">
<h2 id="apps-heading">Connected apps</h2>
<p class="measure">${
    apps.length === 0
      ? "No app has access to your account."
      : "These apps have access to your account. Removing an app ends its access and revokes the API keys that were created through it."
  }</p>
${apps.length === 0 ? "" : html`<ul class="access" id="apps">${apps.map((app) => appItem(app, csrf, scopes))}</ul>`}
</section>
<section aria-labelledby="api-keys-heading">
<h2 id="api-keys-heading">API keys</h2>
<p class="measure">${
    keys.length === 0
      ? "You have no API keys."
      : "Programs use these keys to act for you. A key stays valid when you sign out or change your password."
  }</p>
${keys.length === 0 ? "" : html`<ul class="access" id="api-keys">${keys.map((key) => keyItem(key, csrf, now))}</ul>`}
</section>`;
}

function appItem({ clientId, name, scopes, allowedAt }: ConnectedApp, csrf: string, declared: Scopes): Markup {
  const permissions = permissionsOf(scopes, declared);
  return html`<li><div><strong>${name}</strong><p class="hint">Connected ${momentOf(allowedAt)}</p>
<ul>${permissions.map((permission) => html`<li>${permission}</li>`)}</ul></div>
${form(
  "/account/apps/remove",
  csrf,
  html`${hidden("client_id", clientId)}<button class="button small" type="submit">Remove<span class="unseen"> ${name}</span></button>`,
)}</li>`;
}

function keyItem(key: OwnKey, csrf: string, now: number): Markup {
  const { id, name, hint, scopes, lastUsedOn, createdAt, clientName } = key;
  const used = lastUsedOn === null ? "not used yet" : `last used on ${lastUsedOn}`;
  const made = clientName === null ? "" : html` through ${clientName}`;
  return html`<li><div><strong>${name}</strong> <code>${hint}…</code>
<p class="hint">Created ${momentOf(createdAt)}${made}, ${used}, ${expiryOf(key, now)}</p>
<p class="hint">Scopes: ${scopes.join(", ")}</p></div>
${form(
  "/account/api-keys/revoke",
  csrf,
  html`${hidden("id", id)}<button class="button small" type="submit">Revoke<span class="unseen"> ${name}</span></button>`,
)}</li>`;
}

function expiryOf({ expiresAt }: OwnKey, now: number): Markup | string {
  if (expiresAt === null) return "does not expire";
  return html`${expiresAt <= now ? "expired" : "expires"} ${momentOf(expiresAt)}`;
}

/** Ends the access of an app. @throws validation-error if the app has no access */
export function submitAppRemoval(call: Call<unknown, unknown, { readonly client_id: string }>): Promise<LeadOn> {
  return whenSignedIn(call, async ({ account }) => {
    const isEnded = await withdrawConsent(call, { accountId: account.id, clientId: call.body.client_id });
    if (!isEnded) throw fieldProblem("client_id", "unknown", "This app no longer has access.");
    tellOwner(call, account, { kind: "app-disconnected" });
    return { location: "/account?notice=app-removed" };
  });
}

/** Revokes an API key of the account. @throws validation-error if the account has no such key */
export function submitKeyRevocation(call: Call<unknown, unknown, { readonly id: string }>): Promise<LeadOn> {
  return whenSignedIn(call, async ({ account }) => {
    const isEnded = await revokeOwnKey(call, account.id, call.body.id);
    if (!isEnded) throw fieldProblem("id", "unknown", "This API key no longer exists.");
    tellOwner(call, account, { kind: "api-key-revoked" });
    return { location: "/account?notice=api-key-revoked" };
  });
}
