/**
 * Parses the fields of a page's form (WHATWG URL section 5.1): text, each name once. Rejects invalid UTF-8, U+0000,
 * repeated fields, and more fields than any form has.
 */
import { problem } from "#core/http/problem.ts";

export const FORM = "application/x-www-form-urlencoded";

const MAX_FIELDS = 64;

/** @throws malformed-request */
export function parseForm(content: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(decode(content))) {
    if (fields.has(name)) throw malformed("A form field is repeated.");
    if (`${name}${value}`.includes("\0")) throw malformed("A form field contains the character U+0000.");
    if (fields.size === MAX_FIELDS) throw malformed(`The form may have at most ${MAX_FIELDS} fields.`);
    fields.set(name, value);
  }
  return fields;
}

/** The readable fields of a refused form: the first value of each name that the rules allow. */
export function salvageForm(content: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(content))) {
    if (fields.size === MAX_FIELDS) break;
    if (!fields.has(name) && !`${name}${value}`.includes("\0")) fields.set(name, value);
  }
  return fields;
}

function decode(content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw problem("malformed-request", { detail: "The form is not valid UTF-8.", cause });
  }
}

function malformed(detail: string) {
  return problem("malformed-request", { detail });
}
