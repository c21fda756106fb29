/** Times as people read them. */
import { html } from "hono/html";
import type { Markup } from "../markup.ts";

/** In UTC: the server does not know the reader's zone. */
export function momentOf(epochMs: number): Markup {
  const iso = new Date(epochMs).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
