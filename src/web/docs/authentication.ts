/** The guides of the documentation: access tokens, scopes, API keys, DPoP, and what a request costs. */
import { html } from "hono/html";
import type { Scopes } from "#core/contract/scopes.ts";
import { jsonBlock, type Markup, prose, shellBlock } from "../markup.ts";
import { linkedHeading } from "./heading.ts";

/** The guides, as the table of contents lists them. */
export const GUIDES = [
  { id: "access-tokens", label: "Access tokens" },
  { id: "scopes", label: "Scopes" },
  { id: "api-keys", label: "Using API keys" },
  { id: "dpop", label: "Tokens bound to a key (DPoP)" },
  { id: "costs", label: "Limits and costs" },
] as const;

export function authenticationSection(declared: Scopes): Markup {
  return html`<section class="tag" id="authentication" aria-labelledby="authentication-title">
${linkedHeading(2, "authentication", "Authentication")}
<p>Reading the catalogue needs no credentials. Everything else needs an access token or an API key in the
<code>Authorization</code> header. Invalid credentials get <a href="/problems/unauthorized">401</a>, on
public operations too. Valid credentials that do not permit an operation get <a href="/problems/forbidden">403</a>.</p>
${guide("access-tokens", "Access tokens", tokens())}
${guide("scopes", "Scopes", scopes(declared))}
${guide("api-keys", "Using API keys", apiKeys())}
${guide("dpop", "Tokens bound to a key (DPoP)", dpop())}
${guide("costs", "Limits and costs", costs())}
</section>`;
}

function guide(id: string, title: string, content: Markup): Markup {
  return html`<section class="guide" id="${id}" aria-labelledby="${id}-title">${linkedHeading(3, id, title)}
${content}</section>`;
}

function tokens(): Markup {
  return html`<p>The service is an OAuth 2.1 authorization server. Its access tokens are JWTs (RFC 9068) that are valid for ten minutes.</p>
<ul>
<li><strong>For a person</strong>, use the authorization code flow with PKCE: send the browser to
<a href="#authorize"><code>/oauth/authorize</code></a>, and exchange the code at <a href="#requestToken"><code>/oauth/token</code></a>. Ask for
<code>offline_access</code> to get a refresh token.</li>
<li><strong>For a device without a browser</strong>, start at <a href="#authorizeDevice"><code>/oauth/device_authorization</code></a>.</li>
<li><strong>For a program that acts for itself</strong>, use <code>client_credentials</code> with the id and secret of its client.</li>
</ul>
<p>An administrator <a href="#createOauthClient">registers clients</a>. Send the token with each request:</p>
${shellBlock("curl -H 'Authorization: Bearer <access token>' '<origin>/v1/users/me'")}
<p>On a local server, ${prose("`npm run --silent token -- --as ada@example.com` prints a token for a demo account.")}</p>`;
}

function scopes(declared: Scopes): Markup {
  return html`<p>A scope limits what a token or a key permits. It never permits more than its account may do. Each operation names the scopes
that permit it. Without the <code>scope</code> parameter, a token has every scope that its account and its client may have.</p>
<table class="grid" role="table"><caption class="unseen">Scopes</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Scope</th><th role="columnheader" scope="col">Permits</th></tr></thead>
<tbody role="rowgroup">${Object.entries(declared).map(([scope, { description }]) => html`<tr role="row"><th role="rowheader" scope="row"><code>${scope}</code></th><td role="cell">${description}</td></tr>`)}</tbody></table>`;
}

function apiKeys(): Markup {
  return html`<p>An API key is for a program that cannot use OAuth. It acts for your account within the scopes that you give it, until it expires or
you delete it.</p>
<ol>
<li><a href="#createApiKey">Create a key</a> with a token that has <code>users:write</code>. The response shows the secret once:
store it where your program reads its secrets.
${jsonBlock({ name: "Nightly import", scopes: ["users:read"], expires_at: "2030-12-31T23:59:59.000Z" })}</li>
<li>Send the secret as a bearer token:
${shellBlock("curl -H 'Authorization: Bearer sluice_…' '<origin>/v1/users/me'")}</li>
<li><a href="#rotateApiKey">Rotate the key</a> regularly. The previous secret stays valid for <code>overlap_seconds</code>, so that you can replace
it without a gap.</li>
<li><a href="#deleteApiKey">Delete the key</a> when it is no longer needed, or when its secret may have leaked.</li>
</ol>`;
}

function dpop(): Markup {
  return html`<p>Anyone who has a bearer token can use it. A token that is bound to a key (DPoP, RFC 9449) works only with a proof signed by that
key. To get one, send a proof in the <code>DPoP</code> header of the token request; a client with <code>requires_dpop</code> must send one.</p>
<p>Then send <code>Authorization: DPoP &lt;access token&gt;</code> and a fresh proof with each request. The proof names the method and the URL
(<code>htm</code>, <code>htu</code>), a hash of the token (<code>ath</code>), a time (<code>iat</code>) and a unique id (<code>jti</code>). You can
use a proof only once. A response with <code>DPoP-Nonce</code> gives the nonce for the next proof.</p>`;
}

function costs(): Markup {
  return html`<p>Each request takes tokens from the caller's limits. Each operation below states its cost. Each relation in <code>include</code> and each
facet adds one token. The headers <code>RateLimit</code> and <code>X-RateLimit-*</code> show what is left. A refused request gets
<a href="/problems/quota-exceeded">429</a> with <code>Retry-After</code>, and costs nothing.</p>`;
}
