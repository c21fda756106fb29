/** Headings with a link to themselves. The link is not part of the accessible name of the heading. */
import { html, raw } from "hono/html";
import type { Markup } from "../markup.ts";

/** Renders the heading of the element with the id `id`, and a link to that element. */
export function linkedHeading(level: 2 | 3, id: string, title: string): Markup {
  return html`<div class="heading">${raw(`<h${level} id="${id}-title">`)}${title}${raw(`</h${level}>`)}${anchor(id, title)}</div>`;
}

/** Renders a link to the element with the id `id`. */
export function anchor(id: string, title: string): Markup {
  return html`<a class="anchor" href="#${id}"><span aria-hidden="true">#</span><span class="unseen">Link to ${title}</span></a>`;
}
