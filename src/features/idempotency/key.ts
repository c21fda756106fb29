/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07 section 2.1): a structured string, or the same
 * characters without quotes, as most clients send it. Rejects ambiguous values: two keys, spaces, and characters that
 * are not visible ASCII.
 */
import { parseItem } from "structured-headers";
import { problem } from "#core/http/problem.ts";

const MAX_CHARACTERS = 255;
const VISIBLE = /^[\x21-\x7e]+$/;

/** The optional white space around a field value (RFC 9110 section 5.6.3). */
const BLANKS_AROUND = /^[ \t]+|[ \t]+$/g;

/** Visible ASCII without the delimiters of structured fields. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/;

/**
 * The key without quotes and parameters; undefined if the request has none.
 *
 * @throws idempotency-key-invalid
 */
export function readKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = keyIn(header.replaceAll(BLANKS_AROUND, ""));
  if (key === undefined || key.length > MAX_CHARACTERS || !VISIBLE.test(key)) throw problem("idempotency-key-invalid");
  return key;
}

function keyIn(text: string): string | undefined {
  if (text.startsWith('"')) return stringIn(text);
  const end = text.indexOf(";");
  const bare = end === -1 ? text : text.slice(0, end);
  if (!BARE.test(bare)) return undefined;
  // The rest must be parameters, as after a quoted key.
  return end === -1 || stringIn(`""${text.slice(end)}`) !== undefined ? bare : undefined;
}

function stringIn(text: string): string | undefined {
  try {
    const [value] = parseItem(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
