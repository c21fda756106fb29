/**
 * Stage 9. Conditional requests (RFC 9110 section 13). A guarded write loads the state it starts from here. A read
 * whose tag is still current is answered from the endpoint's cheap validator, and its handler never runs.
 *
 * Conditions count only where the answer would otherwise be a success. A tag proves that this very URL succeeded
 * once; a date or `*` proves nothing, so those are judged after the handler has found nothing to refuse.
 */
import type { Context } from "hono";
import type { Validator } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import type { CachePolicy } from "../contract/policy.ts";
import { formatHttpDate, parseHttpDate } from "../http/http-date.ts";
import { problem } from "../http/problem.ts";
import { cacheControl } from "./cache-control.ts";
import { entityTagOf, stateOf } from "./etag.ts";
import { evaluatePreconditions, type PreconditionOutcome } from "./preconditions.ts";

/** The representation that a request selects (RFC 9110 section 3.2), as far as headers tell of it. */
export interface Selected {
  readonly etag: string;
  readonly validator: Validator;
  readonly cache: CachePolicy;
}

/**
 * `mediaTypes` are those that resources have, the default first.
 *
 * @throws not-found where a guarded write has nothing to start from, precondition-required, precondition-failed
 */
export function holdPreconditions(mediaTypes: readonly string[]) {
  return async function holdPreconditionsOfRequest(
    c: Context<AppEnv>,
    next: () => Promise<void>,
  ): Promise<Response | undefined> {
    const { endpoint, call } = c.var;
    if (endpoint.current !== undefined) {
      const current = await endpoint.current({ ...call, body: undefined });
      if (current === null) throw problem("not-found");
      // An operation that answers with nothing has negotiated no format.
      await guardWrite(c, current.validator, c.var.format?.mediaType ?? mediaTypes[0] ?? "");
      c.set("current", current);
    } else if (endpoint.validator !== undefined && revalidates(c)) {
      const validator = await endpoint.validator({ ...call, body: undefined });
      const unchanged =
        validator === null ? undefined : answerUnchanged(c, await select(c, validator, endpoint.policy.cache));
      if (unchanged !== undefined) return unchanged;
    }
    await next();
    return undefined;
  };
}

/** Selects the representation that `url`, by default the request's, has in the negotiated format. */
export async function select(
  c: Context<AppEnv>,
  validator: Validator,
  cache: CachePolicy,
  url: URL = c.var.call.url,
): Promise<Selected> {
  const etag = await entityTagOf(validator, { origin: c.var.origin, url, mediaType: c.var.format.mediaType });
  return { etag, validator, cache };
}

/**
 * The 304 that a conditional read has earned, or undefined where it needs the content.
 *
 * @throws precondition-failed
 */
export function answerUnchanged(c: Context<AppEnv>, selected: Selected): Response | undefined {
  const { etag, validator } = selected;
  switch (judge(c, validator, (opaque) => `"${opaque}"` === etag)) {
    case "proceed":
      return undefined;
    case "failed":
      throw problem("precondition-failed", { headers: { ETag: etag } });
    case "not-modified":
      return new Response(null, { status: 304, headers: selectedHeaders(selected) });
  }
}

/** The headers that a 200 and a 304 of the same read share (RFC 9110 section 15.4.5). */
export function selectedHeaders({ etag, validator, cache }: Selected): Record<string, string> {
  return {
    ETag: etag,
    "Last-Modified": formatHttpDate(validator.modifiedAt),
    "Cache-Control": cacheControl(cache),
    "Cache-Status": "Sluice; fwd=bypass",
    Vary: "Accept",
  };
}

/** The client may hold the tag of any representation: each of them proves that it knows the present state. */
async function guardWrite(c: Context<AppEnv>, validator: Validator, mediaType: string): Promise<void> {
  if (c.var.endpoint.policy.precondition === "required" && !namesState(c)) throw problem("precondition-required");
  const { url } = c.var.call;
  const state = await stateOf(validator, url);
  if (judge(c, validator, (opaque) => opaque.startsWith(`${state}-`)) === "proceed") return;
  throw problem("precondition-failed", {
    headers: { ETag: await entityTagOf(validator, { origin: c.var.origin, url, mediaType }) },
  });
}

/** A date that cannot be read is ignored (RFC 9110 section 13.1.4), and what is ignored guards nothing. */
function namesState(c: Context<AppEnv>): boolean {
  const date = c.req.header("if-unmodified-since");
  return c.req.header("if-match") !== undefined || (date !== undefined && parseHttpDate(date, c.var.now) !== undefined);
}

/** Whether all that the request asks is if a tag it holds is still current. */
function revalidates(c: Context<AppEnv>): boolean {
  const tags = c.req.header("if-none-match");
  const guards = c.req.header("if-match") ?? c.req.header("if-unmodified-since");
  return tags !== undefined && tags.trim() !== "*" && guards === undefined;
}

function judge(c: Context<AppEnv>, validator: Validator, isCurrent: (opaque: string) => boolean): PreconditionOutcome {
  const request = {
    method: c.req.method,
    ifMatch: c.req.header("if-match"),
    ifUnmodifiedSince: c.req.header("if-unmodified-since"),
    ifNoneMatch: c.req.header("if-none-match"),
    ifModifiedSince: c.req.header("if-modified-since"),
  };
  return evaluatePreconditions(request, { isCurrent, lastModified: validator.modifiedAt }, c.var.now);
}
