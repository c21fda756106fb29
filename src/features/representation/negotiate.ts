/** Negotiates the format of the response by `Accept` (RFC 9110 section 12.5.1). */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Format } from "#core/contract/format.ts";
import { negotiate } from "#core/http/media-type.ts";
import { problem } from "#core/http/problem.ts";

/**
 * Documents and empty responses have one form, which is sent regardless of `Accept`. The default format stands for it.
 *
 * @throws not-acceptable
 */
export function negotiateFormat(formats: readonly [Format, ...Format[]]): MiddlewareHandler<AppEnv> {
  const offers = formats.map((format) => format.mediaType);
  return async function negotiateFormatOfRequest(c, next) {
    const { kind } = c.var.endpoint.contract.success;
    const isRepresentation = kind === "resource" || kind === "list";
    const chosen = isRepresentation ? negotiate(c.req.header("accept"), offers) : formats[0].mediaType;
    const format = formats.find((candidate) => candidate.mediaType === chosen);
    if (format === undefined)
      throw problem("not-acceptable", { detail: `Available: ${offers.join(", ")}.`, headers: { Vary: "Accept" } });
    c.set("format", format);
    await next();
  };
}
