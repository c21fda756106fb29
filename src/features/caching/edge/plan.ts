/**
 * Decides whether and how the edge serves a request. It serves only reads that are identical for all callers. It never
 * uses a known generation for a client that may have written: one that sends credentials, a cookie or a bookmark. Nor
 * does it for a client that asks for a fresh response (RFC 9111 section 5.2.1).
 */
import { readsEverything } from "#core/contract/ability.ts";
import type { Targeted } from "#core/contract/context.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import { requestDirectives, wantsPresent } from "#core/http/request-directives.ts";
import { canonicalQuery } from "../canonical-query.ts";
import { isCheaplyValidated, offeredBy } from "../conditional.ts";

export interface EdgePlan {
  readonly policy: EdgePolicy;
  readonly collection: string;
  /** Identifies the representation: its canonical URL, its media type and the transitions it offers. */
  readonly variant: string;
  /**
   * A list has its own validator before it is made. A single resource is stored under the validator of its collection.
   */
  readonly isList: boolean;
  /** Whether the caller accepts the age that the policy allows. */
  readonly bearsAge: boolean;
  /** "request": the client asked to revalidate (RFC 9211 section 2.2). */
  readonly reason: "stale" | "request";
}

/** Undefined if the edge does not serve the request. */
export function planOf(request: Targeted): EdgePlan | undefined {
  const { http, endpoint, principal, ability, format, origin, settings } = request;
  if (settings.edge === "off") return undefined;
  const { cache } = endpoint.policy;
  const { success } = endpoint.contract;
  if (cache === "no-store" || cache.scope !== "public" || cache.edge === undefined) return undefined;
  if (success.kind !== "list" && success.kind !== "resource") return undefined;
  const { collection } = success.resource;
  const isList = success.kind === "list";
  if (!readsEverything(ability, collection) || (isList && !isCheaplyValidated(request))) return undefined;
  const url = `${origin}${request.url.pathname}${canonicalQuery(request.url.searchParams, endpoint.contract)}`;
  // A client with a cookie may have written, although the API does not accept cookies as credentials.
  const saysNothing = http.req.header("x-bookmark") === undefined && http.req.header("cookie") === undefined;
  const isUnknown = principal.kind === "anonymous" && saysNothing;
  const directives = requestDirectives(http.req.raw.headers);
  if (directives.has("no-store")) return undefined;
  const wantsWord = wantsPresent(directives);
  return {
    policy: cache.edge,
    collection,
    variant: [url, format.mediaType, offeredBy(request) ?? ""].join(" "),
    isList,
    bearsAge: isUnknown && !wantsWord,
    reason: wantsWord || !isUnknown ? "request" : "stale",
  };
}
