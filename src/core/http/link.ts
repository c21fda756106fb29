/**
 * Writes the Link header (RFC 8288). An href can never break out of its link or its header line, whatever text it
 * contains. Rejects an invalid relation, because relations come from the service's own code.
 */

/** A link: `href` is a serialized URL, `rel` one or more relation types separated by single spaces. */
export type Link = { readonly href: string; readonly rel: string };

/** The maximum size of a Link header, so that all headers of a response stay below 8 KiB. */
const MAX_LINK_BYTES = 6000;

/**
 * The links that fit into one header, in their order. If not all fit, `next` and `prev` have precedence over `first`,
 * which a client can build itself. `next` always fits, because its query and its cursor are bounded.
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
 * The field value for these links, in their order. Empty if there are none.
 * @throws TypeError if a `rel` is malformed.
 */
export function formatLinks(links: readonly Link[]): string {
  return links.map(formatLink).join(", ");
}

function formatLink(link: Link): string {
  if (!RELATIONS.test(link.rel)) throw new TypeError("A link's rel must be a list of relation types.");
  return `<${formatHref(link.href)}>; rel="${link.rel}"`;
}

/**
 * Percent-encodes characters that a URI may not contain (RFC 3986 section 2), such as the `|` that URL serialization
 * keeps in a query.
 */
function formatHref(href: string): string {
  return href.toWellFormed().replace(OUTSIDE_URI, encodeURIComponent);
}
