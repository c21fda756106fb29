/**
 * Conditional requests (RFC 9110 section 13). A guarded write names the state that it starts from in `If-Match`, and
 * the pipeline has just loaded that state. If the tag of a list is still current, the endpoint's cheap validator
 * produces the 304 and the handler does not run.
 *
 * Preconditions apply only if the response would otherwise be a success. A tag proves that this URL succeeded before. A
 * date or `*` proves nothing, so those are evaluated after the handler.
 */
import type { Validator } from "#core/contract/answer.ts";
import { isUnconditionalWrite } from "#core/contract/conditional.ts";
import { type Given, TARGETED, type Targeted } from "#core/contract/context.ts";
import type { GenerationSource } from "#core/contract/endpoint.ts";
import type { CachePolicy } from "#core/contract/policy.ts";
import { principalKey } from "#core/contract/principal.ts";
import type { Members, Resource } from "#core/contract/resource.ts";
import { stage } from "#core/contract/stage.ts";
import { offeredSteps, rightsToTransitions } from "#core/contract/transitions.ts";
import { readGeneration } from "#core/data/collection.ts";
import { formatHttpDate } from "#core/http/http-date.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { cacheControl } from "./cache-control.ts";
import { entityTagOf, stateOf } from "./etag.ts";
import { evaluatePreconditions, type PreconditionOutcome } from "./preconditions.ts";

/** The headers of the representation that a request selects (RFC 9110 section 3.2). */
export interface Selected {
  readonly etag: string;
  readonly validator: Validator;
  /** The value of `Last-Modified` in epoch ms, never later than the response (RFC 9110 section 8.8.2.1). */
  readonly lastModified: number;
  readonly cache: CachePolicy;
  readonly isPrivate: boolean;
  /** Whether a client can send the tag in `If-Match`, so that it must stay strong in transit. */
  readonly guardsWrites: boolean;
}

/** A request whose current state is loaded, if it is a guarded write. */
export type Guarded = Targeted & Given<"current">;

/** @throws precondition-required, precondition-failed */
export const holdPreconditions = stage(
  "holdPreconditions",
  { requires: [...TARGETED, "current", "validated"] },
  async (request, next) => {
    const { database, endpoint, current, validated } = request;
    if (current !== undefined) {
      await guardWrite(request, current.validator);
    } else if (isUnconditionalWrite(endpoint)) {
      refuseUnjudged(request);
    } else if (validated === undefined && isCheaplyValidated(request) && revalidates(request)) {
      const validator = await validatorOf(request, (name, atLeast) => readGeneration(database, name, atLeast));
      const selected = validator === null ? undefined : await select(request, validator, endpoint.policy.cache);
      const unchanged = selected && answerUnchanged(request, selected);
      if (unchanged !== undefined) return unchanged;
    }
    await next();
    return undefined;
  },
);

/** The validator that the list's endpoint declares; null if there is none. */
export async function validatorOf(request: Targeted, generationOf: GenerationSource): Promise<Validator | null> {
  return request.endpoint.validator?.({ ...request, body: undefined, current: undefined }, generationOf) ?? null;
}

/**
 * Selects the representation of `url`, by default the request's, in the negotiated format. A write selects the
 * representation that a read returns, so both have the same tag. `shownToo` identifies what it shows in addition to the
 * state.
 */
export async function select(
  request: Targeted,
  validator: Validator,
  cache: CachePolicy,
  url: URL = request.url,
  shownToo?: string,
): Promise<Selected> {
  const { now, origin, principal, format, tagGuardsWrites: guardsWrites } = request;
  const isPrivate = cache === "no-store" ? request.isPrivate : cache.scope === "private";
  const owner = isPrivate ? principalKey(principal) : undefined;
  const { mediaType } = format;
  const shown = [offeredBy(request), shownToo].filter((part) => part !== undefined);
  const etag = await entityTagOf(validator, {
    origin,
    url,
    contract: request.endpoint.contract,
    mediaType,
    owner,
    shown: shown.length === 0 ? undefined : JSON.stringify(shown),
  });
  return { etag, validator, lastModified: Math.min(validator.modifiedAt, now), cache, isPrivate, guardsWrites };
}

/** The transitions that the representation offers. They depend on the principal's abilities as well as the state. */
export function offeredBy({ endpoint, ability, format }: Targeted): string | undefined {
  const { success } = endpoint.contract;
  const isRepresentation = success.kind === "resource" || success.kind === "list";
  if (!isRepresentation || !format.offersTransitions) return undefined;
  return rightsToTransitions(ability, success.resource);
}

/**
 * The 304 for a conditional read, or undefined if the response needs content.
 *
 * @throws precondition-failed
 */
export function answerUnchanged(request: Targeted, selected: Selected): Response | undefined {
  const { etag, validator } = selected;
  switch (judgeRead(request, etag, validator.modifiedAt)) {
    case "proceed":
      return undefined;
    case "not-modified":
      request.meter.usage.answeredFrom ??= "validator";
      return new Response(null, { status: 304, headers: selectedHeaders(selected) });
  }
}

/**
 * Evaluates the request's preconditions against this tag. `modifiedAt`: epoch ms, if the representation has a date.
 *
 * @throws precondition-failed
 */
export function judgeRead(request: Targeted, etag: string, modifiedAt: number | undefined) {
  const outcome = judge(request, modifiedAt, (opaque) => `"${opaque}"` === etag);
  if (outcome === "failed") throw problem("precondition-failed", { headers: { ETag: etag } });
  return outcome;
}

/** The headers that a 200 and a 304 of the same read share (RFC 9110 section 15.4.5). */
export function selectedHeaders(selected: Selected): Record<string, string> {
  const { etag, lastModified, cache, isPrivate, guardsWrites } = selected;
  return {
    ETag: etag,
    "Last-Modified": formatHttpDate(lastModified),
    "Cache-Control": cacheControl(cache, guardsWrites),
    Vary: isPrivate ? "Accept, Authorization" : "Accept",
  };
}

/**
 * The part of the tag for what the representation shows in addition to the state: embedded resources, and the offered
 * transitions if time alone can end one.
 */
export function shownBeside(
  request: Targeted,
  resource: Resource,
  values: readonly Members[],
  embedded?: string,
): string | undefined {
  if (!isTimed(request, resource)) return embedded;
  const offered = values.map((value) => offeredSteps(request.ability, resource, value, request.now));
  return JSON.stringify([embedded ?? null, offered]);
}

/** Whether the representation can change while the state does not. */
function isTimed({ format }: Targeted, { hasDeadlines = false }: Resource): boolean {
  return hasDeadlines && format.offersTransitions;
}

/** The problem for a guarded write whose state is no longer current. It carries the current tag. */
export async function preconditionFailed(request: Guarded, present: Validator, cause?: unknown): Promise<Problem> {
  const { endpoint, current } = request;
  const { success } = endpoint.contract;
  const shown =
    success.kind === "resource" && current !== undefined
      ? shownBeside(request, success.resource, [current.members])
      : undefined;
  const { etag } = await select(request, present, "no-store", guardedUrl(request), shown);
  return problem("precondition-failed", { headers: { ETag: etag }, cause });
}

/**
 * Accepts the tag of any representation of the state, because each of them proves that the client knows the state. A
 * date proves nothing: two changes within one second share it.
 */
async function guardWrite(request: Guarded, validator: Validator): Promise<void> {
  const { http, endpoint } = request;
  if (endpoint.policy.precondition === "required" && http.req.header("if-match") === undefined)
    throw problem("precondition-required");
  const state = await stateOf(validator, guardedUrl(request));
  if (judge(request, validator.modifiedAt, (opaque) => opaque.startsWith(`${state}-`)) === "proceed") return;
  throw await preconditionFailed(request, validator);
}

/**
 * Refuses preconditions on a write to a collection. Such a write selects no representation, so only `If-Match: *` can
 * hold. A date is ignored because a collection has none (RFC 9110 section 13.1.4).
 */
function refuseUnjudged({ http }: Targeted): void {
  const ifMatch = http.req.header("if-match");
  const demandsState = ifMatch !== undefined && ifMatch.trim() !== "*";
  if (!demandsState && http.req.header("if-none-match") === undefined) return;
  const detail =
    "This operation creates a resource, so no ETag can match its precondition. Nothing was changed. Send it without `If-Match` or `If-None-Match`.";
  throw problem("precondition-failed", { detail });
}

/**
 * The URL of the resource that the request changes, which its tags name. The path of a transition is a different one.
 */
function guardedUrl({ endpoint, url, current, origin }: Guarded): URL {
  const { success } = endpoint.contract;
  if (success.kind !== "resource" || current === undefined) return url;
  return new URL(`${origin}${success.resource.path(current.members.id)}`);
}

/**
 * Whether the generation of the list validates it. It does not cover embedded resources, nor transitions that time
 * alone can end.
 */
export function isCheaplyValidated(request: Targeted): boolean {
  const { endpoint, query } = request;
  const { success } = endpoint.contract;
  const embeds = "include" in query && query["include"] !== undefined;
  return success.kind === "list" && !embeds && !isTimed(request, success.resource);
}

/** Whether the request only asks if a tag is still current. */
export function revalidates({ http }: Targeted): boolean {
  const tags = http.req.header("if-none-match");
  const guards = http.req.header("if-match") ?? http.req.header("if-unmodified-since");
  return tags !== undefined && tags.trim() !== "*" && guards === undefined;
}

function judge(
  { http, now }: Targeted,
  lastModified: number | undefined,
  isCurrent: (opaque: string) => boolean,
): PreconditionOutcome {
  const conditions = {
    method: http.req.method,
    ifMatch: http.req.header("if-match"),
    ifUnmodifiedSince: http.req.header("if-unmodified-since"),
    ifNoneMatch: http.req.header("if-none-match"),
    ifModifiedSince: http.req.header("if-modified-since"),
  };
  return evaluatePreconditions(conditions, { isCurrent, lastModified }, now);
}
