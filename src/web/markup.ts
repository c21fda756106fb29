/** Small pieces of HTML that every page is made of. All text is escaped; nothing here takes HTML from outside. */
import { html } from "hono/html";
import { jsonTokens } from "./browser/json-tokens.js";

/** Escaped HTML, ready to be put into more of it. */
export type Markup = ReturnType<typeof html>;

/** Running text in which backticks mark code. */
export function prose(text: string): Markup[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** Like prose(), in paragraphs that blank lines part; one of lines that begin with a hyphen is a list. */
export function paragraphs(text: string): Markup[] {
  return text.split(/\n{2,}/).map((part) => {
    if (!part.startsWith("- ")) return html`<p>${prose(part)}</p>`;
    const items = part.slice(2).split(/\n- /);
    return html`<ul>${items.map((item) => html`<li>${prose(item)}</li>`)}</ul>`;
  });
}

/** A value as indented JSON with its tokens marked. */
export function jsonBlock(value: unknown): Markup {
  const tokens = jsonTokens(JSON.stringify(value, null, 2));
  const marked = tokens.map(({ kind, text }) =>
    kind === "plain" ? html`${text}` : html`<span class="json-${kind}">${text}</span>`,
  );
  return html`<pre class="block"><code>${marked}</code></pre>`;
}

/** One command line for a POSIX shell. */
export function shellBlock(command: string): Markup {
  return html`<pre class="block shell"><code>${command}</code></pre>`;
}
