/** The page `/mailbox`: the emails that a local server keeps instead of sending them. A deployment has no such page. */
import { html } from "hono/html";
import { loopbackOrigins } from "#core/http/loopback.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import type { Markup } from "../../markup.ts";
import type { PersonalPage } from "../page.ts";
import { momentOf } from "../times.ts";
import type { Visit } from "../visit.ts";

/** Shows `/mailbox`. */
export async function showMailbox({ call }: Visit): Promise<PersonalPage> {
  const mails = await readMailbox(call.database);
  return {
    title: "Mailbox",
    description: "The mail of the local server.",
    content: html`<p class="lead">This local server sends no mail. This page shows what it would have sent, newest first.</p>
${mails.length === 0 ? html`<p class="note">No mail yet.</p>` : html`<ol class="mails">${mails.map((mail) => mailItem(mail, loopbackOrigins(call.origin)))}</ol>`}`,
  };
}

type Mail = Awaited<ReturnType<typeof readMailbox>>[number];

function mailItem({ subject, recipient, content, sentAt }: Mail, origins: readonly string[]): Markup {
  return html`<li><h2>${subject}</h2>
<p class="hint">To ${recipient}, ${momentOf(sentAt)}</p>
<pre class="block">${linked(content, origins)}</pre></li>`;
}

/** Renders the text and turns URLs of this service into links, on the host that each URL names. */
function linked(content: string, origins: readonly string[]): Markup[] {
  return content.split(/(https?:\/\/\S+)/).map((part) => {
    const origin = origins.find((known) => part.startsWith(`${known}/`));
    if (origin === undefined) return html`${part}`;
    return html`<a href="${origin === origins[0] ? part.slice(origin.length) : part}">${part}</a>`;
  });
}
