/**
 * What the edge may do for a request. It serves reads of what everybody may read in full, and answers nobody from a
 * sighting who could have written something: whoever sends credentials or a bookmark, or asks not to be answered from a
 * cache (RFC 9111 section 5.2.1).
 */
import type { Context } from "hono";
import { readsEverything } from "#core/contract/ability.ts";
import type { AppEnv } from "#core/contract/context.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import { requestDirectives, wantsPresent } from "#core/http/request-directives.ts";
import { canonicalQuery } from "../canonical-query.ts";
import { isCheaplyValidated, offeredBy } from "../conditional.ts";

export interface EdgePlan {
  readonly policy: EdgePolicy;
  readonly collection: string;
  /** One text for each representation: its canonical URL, its media type, the steps it offers. */
  readonly variant: string;
  /** A list tells its own validator before it is made; a single resource is kept under the collection's. */
  readonly isList: boolean;
  /** Whether the caller bears what the policy says of age. */
  readonly bearsAge: boolean;
  /** "request": the client asks for the database's word (RFC 9211 section 2.2). */
  readonly reason: "stale" | "request";
}

/** Undefined where the edge has no part in the request. */
export function planOf(c: Context<AppEnv>): EdgePlan | undefined {
  const { endpoint, ability, format, origin, call, settings } = c.var;
  if (settings.edge === "off") return undefined;
  const { cache } = endpoint.policy;
  const { success } = endpoint.contract;
  if (cache === "no-store" || cache.scope !== "public" || cache.edge === undefined) return undefined;
  if (success.kind !== "list" && success.kind !== "resource") return undefined;
  const { collection } = success.resource;
  const isList = success.kind === "list";
  if (!readsEverything(ability, collection) || (isList && !isCheaplyValidated(c))) return undefined;
  const url = `${origin}${call.url.pathname}${canonicalQuery(call.url.searchParams)}`;
  // A cookie is of somebody who may have written, though the API takes none for a credential.
  const saysNothing = c.req.header("x-bookmark") === undefined && c.req.header("cookie") === undefined;
  const isUnknown = c.var.principal.kind === "anonymous" && saysNothing;
  const directives = requestDirectives(c.req.raw.headers);
  if (directives.has("no-store")) return undefined;
  const wantsWord = wantsPresent(directives);
  return {
    policy: cache.edge,
    collection,
    variant: [url, format.mediaType, offeredBy(c) ?? ""].join(" "),
    isList,
    bearsAge: isUnknown && !wantsWord,
    reason: wantsWord || !isUnknown ? "request" : "stale",
  };
}
