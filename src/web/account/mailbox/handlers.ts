/** `/mailbox`: where mail goes while the service runs locally and sends none. Nowhere else is there such a page. */
import { html } from "hono/html";
import { loopbackOrigins } from "#core/http/loopback.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import type { Markup } from "../../markup.ts";
import type { PersonalPage } from "../page.ts";
import { momentOf } from "../times.ts";
import type { Visit } from "../visit.ts";

/** The page of `/mailbox`. */
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
<p class="hint">to ${recipient}, ${momentOf(sentAt)}</p>
<pre class="block">${linked(content, origins)}</pre></li>`;
}

/** The text with its links to this service made such, on the host that each names. */
function linked(content: string, origins: readonly string[]): Markup[] {
  return content.split(/(https?:\/\/\S+)/).map((part) => {
    const origin = origins.find((known) => part.startsWith(`${known}/`));
    if (origin === undefined) return html`${part}`;
    return html`<a href="${origin === origins[0] ? part.slice(origin.length) : part}">${part}</a>`;
  });
}
