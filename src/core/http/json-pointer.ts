/**
 * JSON Pointers (RFC 6901): written as URI fragments, read as they stand inside JSON documents.
 *
 * Guarantees: encoding never throws, whatever the keys hold.
 * Refuses: a `~` that is not `~0` or `~1`, a pointer that does not start with `/`.
 */

/** Writes a path as a URI fragment, such as `#/items/0/price`; the whole document is `#` (RFC 6901 section 6). */
export function pointerOf(path: readonly (string | number)[]): string {
  return `#${path.map((token) => `/${fragmentOf(String(token))}`).join("")}`;
}

/** Reads the form that stands inside JSON documents, `/a/0`, or `undefined` when it is none (RFC 6901 section 3). */
export function parseStringPointer(text: string): string[] | undefined {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return undefined;
  // `~1` before `~0`, else `~01` would become `/` (RFC 6901 section 4).
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function fragmentOf(token: string): string {
  const escaped = token.replaceAll("~", "~0").replaceAll("/", "~1");
  // A lone surrogate has no UTF-8 form and would make encodeURI throw; `#` is the one sign it leaves that must go.
  return encodeURI(escaped.toWellFormed()).replaceAll("#", "%23");
}
