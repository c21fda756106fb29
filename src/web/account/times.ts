/** Formats times for people. */
import { html } from "hono/html";
import type { Markup } from "../markup.ts";

/** Formats a time in UTC, because the server does not know the person's time zone. */
export function momentOf(epochMs: number): Markup {
  const iso = new Date(epochMs).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
