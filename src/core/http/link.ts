/**
 * The Link header (RFC 8288), written. Guarantees that no href can end itself, start another link or another header
 * line, whatever text went into it. Refuses a relation that is not one: those come from the service's own code.
 */

/** A link: `href` a serialised URL, `rel` one or more relation types separated by single spaces. */
export type Link = { readonly href: string; readonly rel: string };

/** Room for a list's pages, so that all headers of a response together stay below 8 KiB. */
const MAX_LINK_BYTES = 6000;

/**
 * The links that one header may have, in their order. Where not all fit, those to `next` and `prev` come before `first`,
 * which a client can make itself. `next` always fits: its query and its cursor are bounded.
 */
export function fittingLinks(links: readonly Link[]): Link[] {
  const byUse = ["next", "prev", "first"].flatMap((rel) => links.filter((link) => link.rel === rel));
  const kept = new Set<Link>();
  for (const link of byUse) {
    if (formatLinks([...kept, link]).length <= MAX_LINK_BYTES) kept.add(link);
  }
  return links.filter((link) => kept.has(link));
}

const OUTSIDE_URI = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/gu;
const RELATIONS = /^[a-z][\x21\x23-\x5b\x5d-\x7e]*(?: [a-z][\x21\x23-\x5b\x5d-\x7e]*)*$/;

/**
 * The field value for these links, in their order; empty when there are none.
 * @throws TypeError when a `rel` is malformed.
 */
export function formatLinks(links: readonly Link[]): string {
  return links.map(formatLink).join(", ");
}

function formatLink(link: Link): string {
  if (!RELATIONS.test(link.rel)) throw new TypeError("A link's rel is a list of relation types.");
  return `<${formatHref(link.href)}>; rel="${link.rel}"`;
}

/** Percent-encodes what no URI may contain (RFC 3986 section 2), such as the `|` that a serialised URL's query keeps. */
function formatHref(href: string): string {
  return href.toWellFormed().replace(OUTSIDE_URI, encodeURIComponent);
}
