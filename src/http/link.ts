/**
 * The Link header (RFC 8288), written. Guarantees that no href and no title can end its own parameter, start another
 * link or another header line, whatever text went into it. Refuses a relation or a media type that is not one: those
 * come from the service's own code.
 */

/** A link: `href` a serialised URL, `rel` one or more relation types separated by single spaces. */
export type Link = { readonly href: string; readonly rel: string; readonly type?: string; readonly title?: string };

const OUTSIDE_URI = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/gu;
const OUTSIDE_EXTENDED_VALUE = /['()*]/g;
const RELATIONS = /^[a-z][\x21\x23-\x5b\x5d-\x7e]*(?: [a-z][\x21\x23-\x5b\x5d-\x7e]*)*$/;
const MEDIA_TYPE = /^[A-Za-z0-9!#$&\-^_.+]+\/[A-Za-z0-9!#$&\-^_.+]+$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/**
 * The field value for these links, in their order; empty when there are none.
 * @throws TypeError when a `rel` or `type` is malformed.
 */
export function formatLinks(links: readonly Link[]): string {
  return links.map(formatLink).join(", ");
}

function formatLink(link: Link): string {
  if (!RELATIONS.test(link.rel)) throw new TypeError("A link's rel is a list of relation types.");
  const parts = [`<${formatHref(link.href)}>`, `rel="${link.rel}"`];
  if (link.type !== undefined) {
    if (!MEDIA_TYPE.test(link.type)) throw new TypeError("A link's type is a media type without parameters.");
    parts.push(`type="${link.type}"`);
  }
  if (link.title !== undefined) parts.push(formatTitle(link.title));
  return parts.join("; ");
}

/** Percent-encodes what no URI may contain (RFC 3986 section 2), such as the `|` that a serialised URL's query keeps. */
function formatHref(href: string): string {
  return href.toWellFormed().replace(OUTSIDE_URI, encodeURIComponent);
}

/** A quoted string, or the extended form of RFC 8187 where the text is more than printable ASCII. */
function formatTitle(title: string): string {
  if (PRINTABLE_ASCII.test(title)) return `title="${title.replace(/["\\]/g, "\\$&")}"`;
  const encoded = encodeURIComponent(title.toWellFormed()).replace(OUTSIDE_EXTENDED_VALUE, percentEncode);
  return `title*=UTF-8''${encoded}`;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
