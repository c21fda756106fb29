/** Times and spans as people read them. */
import { html } from "hono/html";
import type { Markup } from "../markup.ts";

/** In UTC: the server does not know the reader's zone. */
export function momentOf(epochMs: number): Markup {
  const iso = new Date(epochMs).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

/** A time to wait, for people: never less than there is. */
export function inWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return "a while";
  if (seconds < 120) return counted(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 7_200) return counted(Math.ceil(seconds / 60), "minute");
  return counted(Math.ceil(seconds / 3_600), "hour");
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
