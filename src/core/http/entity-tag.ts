/**
 * Entity tags (RFC 9110 section 8.8.3) in If-Match and If-None-Match. Reads the header in one pass. Rejects the whole
 * list if any member is malformed, because guessing could let a stale write through.
 */

/** An entity tag; `opaque` is the text between the quotes. */
export type EntityTag = { readonly weak: boolean; readonly opaque: string };

// Characters above ASCII are obs-text: a runtime may decode a header as UTF-8 instead of byte by byte.
const ETAGC = /^[\x21\x23-\x7e\x80-\uffff]*$/;

/**
 * The tags in an If-Match or If-None-Match field value, `"*"` for the wildcard, or undefined if malformed. Empty list
 * members are skipped (RFC 9110 section 5.6.1). A list with only empty members is malformed.
 */
export function parseEntityTags(header: string): EntityTag[] | "*" | undefined {
  const tags: EntityTag[] = [];
  let memberMayStart = true;
  let at = 0;
  while (at < header.length) {
    const character = header.charAt(at);
    if (character === " " || character === "\t") {
      at += 1;
    } else if (character === ",") {
      memberMayStart = true;
      at += 1;
    } else if (character === "*") {
      return header.replaceAll(" ", "").replaceAll("\t", "") === "*" ? "*" : undefined;
    } else {
      const weak = header.startsWith('W/"', at);
      const open = weak ? at + 2 : at;
      const close = header.indexOf('"', open + 1);
      if (!memberMayStart || header.charAt(open) !== '"' || close === -1) return undefined;
      const opaque = header.slice(open + 1, close);
      if (!ETAGC.test(opaque)) return undefined;
      tags.push({ weak, opaque });
      memberMayStart = false;
      at = close + 1;
    }
  }
  return tags.length > 0 ? tags : undefined;
}
