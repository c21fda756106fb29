/**
 * Strong entity tags (RFC 9110 section 8.8.3). A tag says which state of which resource it is for, and in which
 * representation; two requests for the same content get the same tag, whoever asks.
 */
import type { Validator } from "../contract/answer.ts";
import { canonicalUrl } from "./canonical-url.ts";

/** What tells one representation of a state from another. */
export interface Variant {
  readonly origin: string;
  readonly url: URL;
  readonly mediaType: string;
}

/** Grows when a release writes the same state differently, so that no client keeps the old form. */
const REPRESENTATION_RELEASE = "1";

/** `"<state>-<digest of the representation>"`. */
export async function entityTagOf(validator: Validator, variant: Variant): Promise<string> {
  const { origin, url, mediaType } = variant;
  const state = await stateOf(validator, url);
  const representation = await digest([REPRESENTATION_RELEASE, origin, canonicalUrl(url).search, mediaType]);
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
async function digest(parts: readonly string[]): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  return new Uint8Array(hash, 0, 6).toBase64({ alphabet: "base64url", omitPadding: true });
}
