/**
 * Strong ETags (RFC 9110 section 8.8.3). A tag identifies a state of a resource and its representation. Two requests
 * for the same content get the same tag. Private representations include the caller, because one URL returns different
 * content to each.
 */
import type { Validator } from "#core/contract/answer.ts";
import { digestOf } from "#core/http/base64url.ts";
import { canonicalQuery, type QueryContract } from "./canonical-query.ts";

/** What distinguishes the representations of one state. */
export interface Variant {
  readonly origin: string;
  /** The path must have its canonical spelling. */
  readonly url: URL;
  /** The contract of the endpoint, which says what the order of a parameter's values means. */
  readonly contract: QueryContract;
  readonly mediaType: string;
  /** The caller of a private representation, by `principalKey`; undefined if it is the same for all callers. */
  readonly owner: string | undefined;
  /**
   * What it shows in addition to the state: the state of embedded resources, and the offered transitions. Undefined if
   * nothing.
   */
  readonly shown?: string | undefined;
}

/**
 * Incremented when a release changes the representation of a state, so that no client keeps the old one.
 * `test/store/written-forms.test.ts` detects such a change.
 */
export const REPRESENTATION_RELEASE = "2";

/** `"<state>-<digest of the representation>"`. */
export async function entityTagOf(validator: Validator, variant: Variant): Promise<string> {
  const { origin, url, contract, mediaType, owner, shown } = variant;
  const parts = [REPRESENTATION_RELEASE, origin, canonicalQuery(url.searchParams, contract), mediaType, owner ?? null];
  if (shown !== undefined) parts.push(shown);
  const [state, representation] = await Promise.all([stateOf(validator, url), digest(parts)]);
  return `"${state}-${representation}"`;
}

/**
 * The prefix of all tags of one state, within their quotes. It includes the path, so that the tag of another resource
 * with the same version does not match.
 */
export async function stateOf(validator: Validator, url: URL): Promise<string> {
  return `${validator.token}-${await digest([url.pathname])}`;
}

/** 48 bits, enough to distinguish one client's representations. A collision gives an attacker no advantage. */
async function digest(parts: readonly (string | null)[]): Promise<string> {
  return digestOf(JSON.stringify(parts), 6);
}
