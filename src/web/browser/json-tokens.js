/** Splits JSON text into tokens for syntax highlighting. The joined tokens always equal the input, even for invalid JSON. */

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/**
 * @param {string} json
 * @returns {import("./json-tokens.d.ts").JsonToken[]}
 */
export function jsonTokens(json) {
  /** @type {import("./json-tokens.d.ts").JsonToken[]} */
  const tokens = [];
  let end = 0;
  for (const match of json.matchAll(TOKEN)) {
    const [whole, text, colon] = match;
    if (match.index > end) tokens.push({ kind: "plain", text: json.slice(end, match.index) });
    if (text === undefined) tokens.push({ kind: "literal", text: whole });
    else tokens.push({ kind: colon === undefined ? "string" : "key", text });
    if (colon !== undefined) tokens.push({ kind: "plain", text: colon });
    end = match.index + whole.length;
  }
  if (end < json.length) tokens.push({ kind: "plain", text: json.slice(end) });
  return tokens;
}
