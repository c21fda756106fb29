/** Headings that can be linked to: each has a link to itself beside it, which is not part of its name. */
import { html, raw } from "hono/html";
import type { Markup } from "../markup.ts";

/** A heading of that level within the element of that id, with the link to it. */
export function linkedHeading(level: 2 | 3, id: string, title: string): Markup {
  return html`<div class="heading">${raw(`<h${level} id="${id}-title">`)}${title}${raw(`</h${level}>`)}${anchor(id, title)}</div>`;
}

/** A link to the element of that id. */
export function anchor(id: string, title: string): Markup {
  return html`<a class="anchor" href="#${id}"><span aria-hidden="true">#</span><span class="unseen">Link to ${title}</span></a>`;
}
