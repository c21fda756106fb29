/**
 * Entity tags (RFC 9110 section 8.8.3): reading the lists of If-Match and If-None-Match.
 * Guarantees one pass over the header, whatever it holds. Refuses a list with any malformed member as a whole: a
 * guess at what the client meant could let a stale write through.
 */

/** A validator; `opaque` is what stands between the quotes. */
export type EntityTag = { readonly weak: boolean; readonly opaque: string };

// Beyond ASCII everything is obs-text: a runtime may hand over a header decoded as UTF-8 instead of byte by byte.
const ETAGC = /^[\x21\x23-\x7e\x80-\uffff]*$/;

/**
 * The tags of an If-Match or If-None-Match field value, `"*"` for the wildcard, undefined when malformed. Empty list
 * members are skipped (RFC 9110 section 5.6.1), a list of nothing else is malformed.
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
