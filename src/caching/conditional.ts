/**
 * Stage 9. Conditional requests (RFC 9110 section 13). A guarded write loads the state it starts from here; a
 * conditional read asks the endpoint's cheap validator and never runs the handler in vain.
 */
import type { Context } from "hono";
import type { Validator } from "../contract/answer.ts";
import type { AppEnv } from "../contract/context.ts";
import { formatHttpDate } from "../http/http-date.ts";
import { problem } from "../http/problem.ts";
import { cacheControl } from "./cache-control.ts";
import { entityTagOf } from "./etag.ts";
import { evaluatePreconditions } from "./preconditions.ts";

/**
 * @throws not-found where a guarded write has nothing to start from, precondition-required, precondition-failed
 */
export function holdPreconditions(mediaTypes: readonly string[]) {
  return async function holdPreconditionsOfRequest(
    c: Context<AppEnv>,
    next: () => Promise<void>,
  ): Promise<Response | void> {
    const { endpoint, call } = c.var;
    if (endpoint.current !== undefined) {
      const current = await endpoint.current({ ...call, params: call.params as never, query: {}, body: undefined }); // parsed by this endpoint's own schema
      if (current === null) throw problem("not-found");
      await guardWrite(c, current.validator, mediaTypes);
      c.set("current", current);
    } else if (endpoint.validator !== undefined && isConditional(c)) {
      const validator = await endpoint.validator({
        ...call,
        params: call.params as never,
        query: call.query as never,
        body: undefined,
      }); // likewise
      const unchanged = validator === null ? undefined : await answerUnchanged(c, validator);
      if (unchanged !== undefined) return unchanged;
    }
    return next();
  };
}

async function guardWrite(c: Context<AppEnv>, validator: Validator, mediaTypes: readonly string[]): Promise<void> {
  const ifMatch = c.req.header("if-match");
  if (
    c.var.endpoint.policy.precondition === "required" &&
    ifMatch === undefined &&
    c.req.header("if-unmodified-since") === undefined
  ) {
    throw problem("precondition-required");
  }
  const url = new URL(c.req.url);
  const tags = await Promise.all(
    mediaTypes.map((mediaType) => entityTagOf(validator, { origin: c.var.origin, url, mediaType })),
  );
  // The client may hold the tag of any format: each of them proves that it knows the present state.
  const etag = tags.find((tag) => ifMatch?.includes(tag)) ?? tags[0] ?? '""';
  if (outcome(c, etag, validator) === "failed") throw problem("precondition-failed", failureHeaders(etag));
}

/**
 * The 304 that a conditional read has earned, or undefined where it needs the content.
 *
 * @throws precondition-failed
 */
export async function answerUnchanged(c: Context<AppEnv>, validator: Validator): Promise<Response | undefined> {
  const etag = await selectedTag(c, validator, new URL(c.req.url));
  switch (outcome(c, etag, validator)) {
    case "proceed":
      return undefined;
    case "failed":
      throw problem("precondition-failed", failureHeaders(etag));
    case "not-modified":
      return new Response(null, { status: 304, headers: validatorHeaders(c, etag, validator) });
  }
}

/** The tag of the representation that `url` has in the format which the request selects. */
export function selectedTag(c: Context<AppEnv>, validator: Validator, url: URL): Promise<string> {
  return entityTagOf(validator, { origin: c.var.origin, url, mediaType: c.var.format.mediaType });
}

/** The headers that a 200 and a 304 of the same read share (RFC 9110 section 15.4.5). */
export function validatorHeaders(c: Context<AppEnv>, etag: string, validator: Validator): Record<string, string> {
  return {
    ETag: etag,
    "Last-Modified": formatHttpDate(validator.modifiedAt),
    "Cache-Control": cacheControl(c.var.endpoint.policy.cache),
    "Cache-Status": "Sluice; fwd=bypass",
    Vary: "Accept",
  };
}

function isConditional(c: Context<AppEnv>): boolean {
  return ["if-match", "if-unmodified-since", "if-none-match", "if-modified-since"].some(
    (name) => c.req.header(name) !== undefined,
  );
}

function outcome(c: Context<AppEnv>, etag: string, validator: Validator) {
  const request = {
    method: c.req.method,
    ifMatch: c.req.header("if-match"),
    ifUnmodifiedSince: c.req.header("if-unmodified-since"),
    ifNoneMatch: c.req.header("if-none-match"),
    ifModifiedSince: c.req.header("if-modified-since"),
  };
  return evaluatePreconditions(request, { etag, lastModified: validator.modifiedAt }, c.var.now);
}

/** The current tag helps a client that lost the race to see what it lost to. */
function failureHeaders(etag: string) {
  return { headers: { ETag: etag } };
}
