/** Strong entity tags (RFC 9110 section 8.8.3), made of a validator and of all that selects the representation. */
import type { Validator } from "../contract/answer.ts";

/** What tells one representation of a state from another. */
export interface Variant {
  readonly origin: string;
  readonly url: URL;
  readonly mediaType: string;
}

/** Grows when a release writes the same state differently, so that no client keeps the old form. */
const REPRESENTATION_RELEASE = "1";

/** Lists of names whose order and repetitions mean nothing. */
const NAME_LISTS = new Set(["fields", "facets", "include"]);

/** `"<validator>-<digest of the variant>"`. Two requests for the same content give the same tag. */
export async function entityTagOf(validator: Validator, variant: Variant): Promise<string> {
  const selection = [
    REPRESENTATION_RELEASE,
    variant.origin,
    variant.url.pathname,
    canonicalQuery(variant.url.searchParams),
    variant.mediaType,
  ];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(selection)));
  const short = new Uint8Array(digest, 0, 9).toBase64({ alphabet: "base64url", omitPadding: true });
  return `"${validator.token}-${short}"`;
}

function canonicalQuery(parameters: URLSearchParams): string {
  const pairs = Array.from(parameters, ([name, value]) =>
    NAME_LISTS.has(name) ? [name, [...new Set(value.split(","))].sort().join(",")] : [name, value],
  );
  return JSON.stringify(pairs.sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1)));
}
