/** The HTML building blocks of every page. They escape all text and accept no HTML as input. */
import { html } from "hono/html";
import { jsonTokens } from "./browser/json-tokens.js";

/** Escaped HTML that can be embedded in other HTML. */
export type Markup = ReturnType<typeof html>;

/** Renders text in which backticks mark code. */
export function prose(text: string): Markup[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** Renders paragraphs separated by blank lines. A paragraph whose lines begin with a hyphen becomes a list. */
export function paragraphs(text: string): Markup[] {
  return text.split(/\n{2,}/).map((part) => {
    if (!part.startsWith("- ")) return html`<p>${prose(part)}</p>`;
    const items = part.slice(2).split(/\n- /);
    return html`<ul>${items.map((item) => html`<li>${prose(item)}</li>`)}</ul>`;
  });
}

/** Renders a value as indented JSON with syntax highlighting. */
export function jsonBlock(value: unknown): Markup {
  const tokens = jsonTokens(JSON.stringify(value, null, 2));
  const marked = tokens.map(({ kind, text }) =>
    kind === "plain" ? html`${text}` : html`<span class="json-${kind}">${text}</span>`,
  );
  return html`<pre class="block"><code>${marked}</code></pre>`;
}

/** Renders a command for a POSIX shell. */
export function shellBlock(command: string): Markup {
  return html`<pre class="block shell"><code>${command}</code></pre>`;
}
