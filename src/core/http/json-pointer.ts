/**
 * JSON Pointers (RFC 6901): writes them as URI fragments, and reads them as strings in JSON documents.
 *
 * Guarantees: encoding never throws, whatever the keys contain.
 * Refuses: a `~` that is not part of `~0` or `~1`, and a non-empty pointer that does not start with `/`.
 */

/** Writes a path as a URI fragment, such as `#/items/0/price`. The whole document is `#` (RFC 6901 section 6). */
export function pointerOf(path: readonly (string | number)[]): string {
  return `#${path.map((token) => `/${fragmentOf(String(token))}`).join("")}`;
}

/** Parses a pointer in string form, such as `/a/0`. Undefined if it is invalid (RFC 6901 section 3). */
export function parseStringPointer(text: string): string[] | undefined {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return undefined;
  // Replaces `~1` before `~0`, or `~01` would become `/` (RFC 6901 section 4).
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function fragmentOf(token: string): string {
  const escaped = token.replaceAll("~", "~0").replaceAll("/", "~1");
  // A lone surrogate has no UTF-8 form, so encodeURI would throw. encodeURI leaves `#` as it is, so it is replaced
  // here.
  return encodeURI(escaped.toWellFormed()).replaceAll("#", "%23");
}
