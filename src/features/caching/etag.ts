/**
 * Strong entity tags (RFC 9110 section 8.8.3). A tag says which state of which resource it is for, and in which
 * representation; two requests for the same content get the same tag, whoever asks. What is the caller's own is in no
 * two callers' tags the same, since one URL shows each of them something else.
 */
import type { Validator } from "#core/contract/answer.ts";
import { canonicalQuery } from "./canonical-query.ts";

/** What tells one representation of a state from another. */
export interface Variant {
  readonly origin: string;
  /** Its path in canonical spelling. */
  readonly url: URL;
  readonly mediaType: string;
  /** Whose own the representation is, by `principalKey`; undefined: the same for everybody. */
  readonly owner: string | undefined;
  /** What else it shows besides the state: the state of what it embeds, the steps it offers. Undefined: nothing. */
  readonly shown?: string | undefined;
}

/**
 * Grows when a release writes the same state differently, so that no client keeps the old form:
 * `test/features/caching/representation.test.ts` notices.
 */
export const REPRESENTATION_RELEASE = "2";

const encoder = new TextEncoder();

/** `"<state>-<digest of the representation>"`. */
export async function entityTagOf(validator: Validator, variant: Variant): Promise<string> {
  const { origin, url, mediaType, owner, shown } = variant;
  const parts = [REPRESENTATION_RELEASE, origin, canonicalQuery(url.searchParams), mediaType, owner ?? null];
  if (shown !== undefined) parts.push(shown);
  const [state, representation] = await Promise.all([stateOf(validator, url), digest(parts)]);
  return `"${state}-${representation}"`;
}

/**
 * What the tags of all representations of one state begin with, within their quotes. The path is part of it: a tag
 * of another resource that happens to be at the same version proves nothing.
 */
export async function stateOf(validator: Validator, url: URL): Promise<string> {
  return `${validator.token}-${await digest([url.pathname])}`;
}

/** 48 bits: enough to tell a client's own representations apart; nobody gains by a collision. */
async function digest(parts: readonly (string | null)[]): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(JSON.stringify(parts)));
  return new Uint8Array(hash, 0, 6).toBase64({ alphabet: "base64url", omitPadding: true });
}
