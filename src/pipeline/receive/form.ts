/**
 * The fields of a page's form (WHATWG URL section 5.1): text, each once. Refuses bytes that are not UTF-8, U+0000, a field
 * that is given twice, and more fields than any form of ours has.
 */
import { problem } from "#core/http/problem.ts";

export const FORM = "application/x-www-form-urlencoded";

const MAX_FIELDS = 64;

/** @throws malformed-request */
export function parseForm(content: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(decode(content))) {
    if (fields.has(name)) throw malformed("A field of the form is given twice.");
    if (`${name}${value}`.includes("\0")) throw malformed("A field of the form has the character U+0000.");
    if (fields.size === MAX_FIELDS) throw malformed(`A form has at most ${MAX_FIELDS} fields.`);
    fields.set(name, value);
  }
  return fields;
}

/** What can be read of a form that is refused anyway: the first value of each name, as far as the rules allow. */
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
    throw problem("malformed-request", { detail: "The form is not UTF-8.", cause });
  }
}

function malformed(detail: string) {
  return problem("malformed-request", { detail });
}
